import type { ModelEntry } from "@/protocol";

/** Scores are probabilities; half precision and int8 may be a little off. */
const SCORE_SLACK = 0.001;

/** Raw offsets of YOLOX are a few cells at most; decoded centres are anywhere in the picture. */
const MAX_OFFSET_CELLS = 20;

/** Where scores are among a head's numbers: of each box or cell `from` to before `until` of `values`. */
interface ScorePlaces {
  readonly values: number;
  readonly from: number;
  readonly until: number;
  /** All boxes' first values, then all their second ones, and so on; else box after box. */
  readonly isChannelMajor: boolean;
}

/** What is wrong with the numbers of a model's output; `null` if nothing is. */
export function outputFault(
  { head }: Pick<ModelEntry, "head">,
  output: Float32Array,
): string | null {
  const odd = output.reduce((sum, value) => Number.isFinite(value) ? sum : sum + 1, 0);
  if (odd > 0) return `has ${odd} of ${output.length} numbers that are not finite`;
  return boxesFault(head, output) ?? scoresFault(head, output);
}

function boxesFault({ kind, classes }: ModelEntry["head"], output: Float32Array): string | null {
  const values = classes + 5;
  if (kind === "yolox") {
    const far = countRows(output, values, (row) => Math.abs(row[0]!) > MAX_OFFSET_CELLS);
    const isDecoded = far > output.length / values / 2;
    return isDecoded
      ? "has boxes in px, expected offsets in the grid: export it without decoding"
      : null;
  }
  if (kind !== "yolov5") return null;
  const wide = countRows(output, values, (row) => row[2]! > 2);
  return wide === 0
    ? "has sizes of boxes below 2, expected px: they may be shares of the picture"
    : null;
}

/** Logits look like scores until one is above 1: what is below 0 tells them apart in any picture. */
function scoresFault(head: ModelEntry["head"], output: Float32Array): string | null {
  const { values, from, until, isChannelMajor } = scorePlaces(head);
  const boxes = output.length / values;
  let [least, most] = [Infinity, -Infinity];
  for (let at = 0; at < output.length; at++) {
    const value = isChannelMajor ? Math.floor(at / boxes) : at % values;
    if (value < from || value >= until) continue;
    least = Math.min(least, output[at]!);
    most = Math.max(most, output[at]!);
  }
  if (least >= -SCORE_SLACK && most <= 1 + SCORE_SLACK) return null;
  return `has scores from ${least.toFixed(2)} to ${most.toFixed(2)}, expected 0 to 1; ` +
    "if these are logits, export it with its sigmoid";
}

function scorePlaces({ kind, classes }: ModelEntry["head"]): ScorePlaces {
  switch (kind) {
    // Box, objectness, classes.
    case "yolox":
    case "yolov5":
      return { values: classes + 5, from: 4, until: classes + 5, isChannelMajor: false };
    case "yolov8":
    case "ltrb":
      return { values: classes + 4, from: 4, until: classes + 4, isChannelMajor: true };
    // Classes, then eight bins for each side.
    case "nanodet":
      return { values: classes + 32, from: 0, until: classes, isChannelMajor: false };
    // Corners, score, class.
    case "end-to-end":
      return { values: 6, from: 4, until: 5, isChannelMajor: false };
  }
}

function countRows(
  output: Float32Array,
  values: number,
  is: (row: Float32Array) => boolean,
): number {
  let count = 0;
  for (let at = 0; at < output.length; at += values) {
    if (is(output.subarray(at, at + values))) count++;
  }
  return count;
}
