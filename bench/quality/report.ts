import sharp from "sharp";
import { machineFacts } from "../machine.ts";
import { RESAMPLES } from "./bootstrap.ts";
import type { AveragePrecision } from "../accuracy/coco_map.ts";
import { DETECT_OPTIONS } from "../accuracy/frame_path.ts";
import type { ModelResult, WayResult } from "./measure.ts";

/** The pictures' source, which is also what to bear in mind about all figures. */
const DATA_NOTE = "From COCO train2017, which YOLOX and NanoDet-m were trained on: " +
  "look at the differences, not at AP itself";

const ENCODER = "sharp with the settings of Chromium's encoder: baseline, 4:2:0, no mozjpeg; " +
  "Chromium's files have the same pixels and 492 bytes more, for a JFIF header and an ICC profile";

/** The class that has a figure of its own. */
const PERSON = "person";

/** The figures, as the file has them. AP is 0–1. */
export type QualityReport = ReturnType<typeof reportQualities>;

/** Sums everything up. */
export function reportQualities(results: readonly ModelResult[], pictures: number) {
  return {
    schema: 1,
    "measured_at": new Date().toISOString(),
    machine: machineFacts(),
    versions: { sharp: sharp.versions.sharp, vips: sharp.versions.vips },
    data: { name: "eval/coco128", pictures, note: DATA_NOTE },
    jpeg: {
      encoder: ENCODER,
      decoder: "crates/vision",
    },
    detect: {
      "score_threshold": DETECT_OPTIONS.scoreThreshold,
      "iou_threshold": DETECT_OPTIONS.iouThreshold,
      "max_detections": DETECT_OPTIONS.maxDetections,
    },
    "difference_95": `95 % interval: paired bootstrap over the pictures, ${RESAMPLES} resamples`,
    models: results.map(({ model, ways }) => ({
      id: model.entry.id,
      "input_width_px": model.entry.input.widthPx,
      "input_height_px": model.entry.input.heightPx,
      // The first is the one without JPEG.
      ways: ways.map((way) => reportWay(way, ways[0]!, model.labels.indexOf(PERSON))),
    })),
  };
}

function reportWay(way: WayResult, base: WayResult, personId: number) {
  const { quality, precision, differenceInterval, bytes } = way;
  const difference = (of: (precision: AveragePrecision) => number | null | undefined) => {
    const [here, there] = [of(precision) ?? null, of(base.precision) ?? null];
    return here === null || there === null ? null : round(here - there);
  };
  const person = ({ byClass }: AveragePrecision) => byClass.get(personId);
  return {
    quality,
    "ap50_95": round(precision.ap50to95),
    ap50: round(precision.ap50),
    "person_ap50_95": round(person(precision) ?? null),
    difference: quality === null ? null : {
      "ap50_95": difference(({ ap50to95 }) => ap50to95),
      "ap50_95_low": round(differenceInterval?.low ?? null),
      "ap50_95_high": round(differenceInterval?.high ?? null),
      ap50: difference(({ ap50 }) => ap50),
      "person_ap50_95": difference(person),
    },
    bytes: bytes && { mean: Math.round(bytes.mean), median: Math.round(bytes.median) },
  };
}

/** To four digits after the point: a hundredth of what is called a point of AP. */
function round(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(4));
}

/** The figures as a person reads them. */
export function qualityTable({ data, models }: QualityReport): string {
  const blocks = models.map(({ id, input_width_px: width, input_height_px: height, ways }) =>
    [
      `${id}, input ${width}x${height}`,
      "  quality   AP50-95   diff (95 %)                  AP50    diff     person    diff   bytes mean  median",
      ...ways.map(tableRow),
      "",
    ].join("\n")
  );
  return [...blocks, `${data.pictures} pictures of ${data.name}. ${data.note}.`, ""].join("\n");
}

function tableRow(way: QualityReport["models"][number]["ways"][number]): string {
  const { quality, difference, bytes } = way;
  const interval = difference === null
    ? ""
    : `(${signed(difference.ap50_95_low)} to ${signed(difference.ap50_95_high)})`;
  return [
    `  ${(quality === null ? "no JPEG" : quality.toFixed(2)).padEnd(8)}`,
    plain(way.ap50_95),
    signed(difference?.ap50_95),
    interval.padEnd(20),
    plain(way.ap50),
    signed(difference?.ap50),
    plain(way.person_ap50_95),
    signed(difference?.person_ap50_95),
    `${bytes?.mean ?? ""}`.padStart(10),
    `${bytes?.median ?? ""}`.padStart(7),
  ].join(" ").trimEnd();
}

function plain(value: number | null): string {
  return (value?.toFixed(4) ?? "–").padStart(8);
}

function signed(value: number | null | undefined): string {
  if (value === null || value === undefined) return "".padStart(7);
  return `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`.padStart(7);
}
