import type { CatalogModel } from "../../models/catalog.ts";
import { DETECT_OPTIONS } from "./frame_path.ts";
import { WAYS } from "./measure.ts";
import type { OperatingPoint, OracleAnswer, OracleFigures } from "./oracle.ts";

/** The pictures' source, which is also what to bear in mind about all figures. */
const DATA_NOTE = "From COCO train2017, which the model was trained on: " +
  "on other pictures the figures are lower";

/** The figures, as the file has them. AP is 0–1. */
export type AccuracyReport = ReturnType<typeof reportAccuracy>;

/** Sums everything up. */
export function reportAccuracy(
  { versions, figures, operating_points: points }: OracleAnswer,
  { model: { entry }, pictures }: { readonly model: CatalogModel; readonly pictures: number },
) {
  const of = (name: string) => roundAll(figures[name]!);
  return {
    versions,
    data: { name: "eval/coco128", pictures, note: DATA_NOTE },
    model: entry.id,
    sha256: entry.sha256,
    "input_width_px": entry.input.widthPx,
    "input_height_px": entry.input.heightPx,
    detect: {
      "score_threshold": DETECT_OPTIONS.scoreThreshold,
      "iou_threshold": DETECT_OPTIONS.iouThreshold,
      "slider_score_threshold": entry.scoreThreshold,
      "slider_iou_threshold": entry.iouThreshold,
    },
    product: { "api_detect": of(WAYS.http), worker: of(WAYS.worker) },
    // In Python, of the same file: the best class of each cell counts, as in the product, or all do.
    independent: { "one_class": of("one_class"), "all_classes": of("all_classes") },
    // Through POST /api/detect, with the IoU where the slider starts.
    "operating_points": {
      person: points[WAYS.slider]!.person.map(roundPoint),
      all: points[WAYS.slider]!.all.map(roundPoint),
    },
    // Of POST /api/detect, the best first.
    classes: figures[WAYS.http]!.classes.toSorted((a, b) => b.ap50 - a.ap50).map((one) => ({
      class: one.class,
      objects: one.objects,
      "ap50_95": round(one.ap50_95),
      ap50: round(one.ap50),
    })),
  };
}

function roundAll({ classes, ...figures }: OracleFigures) {
  const person = classes.find((one) => one.class === "person");
  return {
    "ap50_95": known(figures.ap50_95),
    ap50: known(figures.ap50),
    "small_ap50_95": known(figures.small_ap50_95),
    "medium_ap50_95": known(figures.medium_ap50_95),
    "large_ap50_95": known(figures.large_ap50_95),
    "person_ap50_95": round(person?.ap50_95 ?? null),
    "person_ap50": round(person?.ap50 ?? null),
  };
}

function roundPoint({ score, precision, recall, f1 }: OperatingPoint) {
  return { score, precision: round(precision), recall: round(recall), f1: round(f1) };
}

/** COCO says -1 where there is nothing to be found. */
function known(value: number): number | null {
  return value < 0 ? null : round(value);
}

/** To four digits after the point: a hundredth of what is called a point of AP. */
function round(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(4));
}

/** The figures as a person reads them. */
export function accuracyTable(report: AccuracyReport): string {
  const { data, product, independent, detect, versions } = report;
  const width = `${report.input_width_px}x${report.input_height_px}`;
  const rows = [
    ["POST /api/detect", product.api_detect],
    ["built Worker, Chromium", product.worker],
    ["independent, best class", independent.one_class],
    ["independent, all classes", independent.all_classes],
  ] as const;
  const points = report.operating_points.person.map((point) =>
    [point.score, point.precision, point.recall, point.f1].map(plain).join("")
  );
  return [
    `${report.model}, ${width}`.padEnd(26) + "    AP   AP50  small medium  large person  AP50",
    ...rows.map(([name, one]) => name.padEnd(26) + Object.values(one).map(plain).join("")),
    "",
    "person: score  precision  recall  F1",
    ...points,
    "",
    `${data.pictures} pictures of ${data.name}. ${data.note}.`,
    `Score from ${detect.score_threshold}, NMS at IoU ${detect.iou_threshold}; the points at ${detect.slider_iou_threshold}. pycocotools ${versions.pycocotools}.`,
    "",
  ].join("\n");
}

function plain(value: number | null): string {
  return (value?.toFixed(3).replace(/^0/, "") ?? "–").padStart(7);
}
