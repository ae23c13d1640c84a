import { type BoxXyxy, iou } from "./picture.ts";

/** One detection with its label; coordinates in [0, 1] of the picture (xyxy). */
export interface LabelledBox extends BoxXyxy {
  readonly label: string;
  readonly score: number;
}

/** One file of golden detections. */
export interface Golden {
  // deno-lint-ignore camelcase -- as the file spells it
  readonly score_threshold: number;
  // deno-lint-ignore camelcase -- as the file spells it
  readonly iou_threshold: number;
  readonly images: Readonly<Record<string, { readonly detections: readonly LabelledBox[] }>>;
}

/** From this score on, a detection must have its partner on the other side. */
const COMPARED_SCORE = 0.4;

/** What different rounding in resizing and in JPEG decoders may change. */
const MIN_IOU = 0.9;
const MAX_SCORE_DIFFERENCE = 0.05;

/**
 * A sentence for each detection, on either side, that the other side does not have: with the same
 * label, in the same place and with nearly the same score. A detection near the compared score may
 * have its partner just below it.
 */
export function differences(
  found: readonly LabelledBox[],
  expected: readonly LabelledBox[],
): string[] {
  const lacking = (side: string, wanted: readonly LabelledBox[], others: readonly LabelledBox[]) =>
    wanted.filter((box) => box.score >= COMPARED_SCORE)
      .filter((box) => !others.some((other) => isSame(box, other)))
      .map((box) => `${side}: ${JSON.stringify(box)}`);
  return [...lacking("missing", expected, found), ...lacking("surplus", found, expected)];
}

function isSame(a: LabelledBox, b: LabelledBox): boolean {
  return a.label === b.label && iou(a, b) >= MIN_IOU &&
    Math.abs(a.score - b.score) <= MAX_SCORE_DIFFERENCE;
}

/** How many golden detections a comparison is about. */
export function countCompared(golden: Golden): number {
  return Object.values(golden.images)
    .flatMap(({ detections }) => detections).filter((box) => box.score >= COMPARED_SCORE).length;
}
