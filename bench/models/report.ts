import { DETECT_OPTIONS } from "../accuracy/frame_path.ts";
import type { Precision } from "./precision.ts";
import { rankOf } from "./rank.ts";
import type { SizedModel } from "./sizes.ts";
import { REFERENCE, THREADS, type Timing } from "./timing.ts";

/** What to bear in mind about all figures. */
const DATA_NOTE = "From COCO train2017, which the models were probably trained on: " +
  "compare rows with each other only";

/** A model in one size and what was found out. */
export interface MeasuredModel extends SizedModel {
  readonly precision: Precision;
  readonly timing: Timing;
}

/** The figures, as the file has them. AP is 0–1. */
export type ModelsReport = ReturnType<typeof reportModels>;

/** Sums everything up. */
export function reportModels(
  measured: readonly MeasuredModel[],
  run: { readonly pictures: number; readonly rounds: number; readonly browser: string },
) {
  return {
    browser: run.browser,
    threads: THREADS,
    rounds: run.rounds,
    reference: REFERENCE,
    data: { name: "eval/coco128", pictures: run.pictures, note: DATA_NOTE },
    detect: {
      "score_threshold": DETECT_OPTIONS.scoreThreshold,
      "iou_threshold": DETECT_OPTIONS.iouThreshold,
      "max_detections": DETECT_OPTIONS.maxDetections,
    },
    models: measured.filter(({ isOwnSize }) => isOwnSize).map((one) => ({
      ...figuresOf(one),
      rank: rankOf({
        licence: one.model.entry.licence,
        ap: one.precision.ap50to95,
        wasmShare: one.timing.wasmShare,
      }),
    })),
    // Of the same files.
    "further_sizes": measured.filter(({ isOwnSize }) => !isOwnSize).map(figuresOf),
  };
}

function figuresOf({ model: { entry }, precision, timing }: MeasuredModel) {
  return {
    id: entry.id,
    licence: entry.licence,
    sha256: entry.sha256,
    "input_width_px": entry.input.widthPx,
    "input_height_px": entry.input.heightPx,
    bytes: entry.bytes,
    "ap50_95": round(precision.ap50to95, 4),
    ap50: round(precision.ap50, 4),
    "person_ap50_95": round(precision.personAp50to95, 4),
    "large_ap50_95": round(precision.largeAp50to95, 4),
    "native_ms": round(timing.nativeMs, 2),
    "wasm_ms": round(timing.wasmMs, 2),
    "native_share": round(timing.nativeShare, 3),
    "wasm_share": round(timing.wasmShare, 3),
  };
}

function round(value: number | null, digits: number): number | null {
  return value === null ? null : Number(value.toFixed(digits));
}

/** The figures as a person reads them. */
export function modelsTable(report: ModelsReport): string {
  const { data, rounds, threads, reference } = report;
  const models = report.models.flatMap((model) => [
    { ...model, rank: String(model.rank) },
    // Only the size that it starts with has a rank.
    ...report.further_sizes.filter(({ id }) => id === model.id).map((one) => ({
      ...one,
      rank: "",
    })),
  ]);
  const rows = [
    [
      "model",
      "input",
      "AP",
      "AP50",
      "person",
      "large",
      "MB",
      "native",
      "WASM",
      "of it",
      "of it",
      "rank",
    ],
    ...models.map((model) => [
      model.id,
      `${model.input_width_px}x${model.input_height_px}`,
      ...[model.ap50_95, model.ap50, model.person_ap50_95, model.large_ap50_95].map(precision),
      (model.bytes / 1e6).toFixed(1),
      ...[model.native_ms, model.wasm_ms].map((ms) => ms === null ? "–" : `${ms.toFixed(1)} ms`),
      ...[model.native_share, model.wasm_share].map((share) =>
        share === null ? "–" : share.toFixed(2)
      ),
      model.rank,
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, column) =>
      column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
    )
      .join("  ").trimEnd()
  );
  return [
    ...lines,
    "",
    `${data.pictures} pictures of ${data.name}. ${data.note}.`,
    `AP is AP50-95; person and large are of that too. Medians of ${rounds} rounds, ${threads} threads; then the same as shares of ${reference}; rank: see models/README.md.`,
    "",
  ].join("\n");
}

function precision(value: number | null): string {
  return value === null ? "–" : value.toFixed(3).replace(/^0/, "");
}
