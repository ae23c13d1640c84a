import { type ClassMatches, Outcome } from "./coco_match.ts";

/** How good detections are, each 0–1; `null` where there is no object to be found. */
export interface AveragePrecision {
  /** Mean over classes and the IoUs 0.50, 0.55, … 0.95: COCO's first figure. */
  readonly ap50to95: number | null;
  /** Mean over classes at IoU 0.50. */
  readonly ap50: number | null;
  /** Mean over the IoUs, of each class that has objects. */
  readonly byClass: ReadonlyMap<number, number>;
}

/** 0, 0.01, … 1, at which precision is read; to the last bit as NumPy's `linspace` has them. */
const RECALLS: readonly number[] = Array.from(
  { length: 101 },
  (_, at) => at === 100 ? 1 : at * 0.01,
);

// As the source has it: keeps 0 / 0 out, and belongs to the figures to the last digit.
const EPSILON = Number.EPSILON;

/**
 * COCO's average precision: for each class and IoU the mean of the best precisions at 101 recalls,
 * at most 100 detections of a class in a picture, objects of all sizes.
 *
 * Source: `COCOeval.accumulate` and `summarize` of pycocotools 2.0.11.
 */
export function averagePrecision(classes: readonly ClassMatches[]): AveragePrecision {
  const byClass = new Map<number, number>();
  const at50: number[] = [];
  for (const matches of classes) {
    if (matches.truths === 0) continue;
    const precisions = matches.outcomes.map((outcomes) =>
      interpolatedPrecision(outcomes, matches.truths)
    );
    byClass.set(matches.classId, mean(precisions)!);
    at50.push(precisions[0]!);
  }
  return { ap50to95: mean([...byClass.values()]), ap50: mean(at50), byClass };
}

/** Mean of the precision at the recall points; 0 at those that are never reached. */
function interpolatedPrecision(outcomes: Uint8Array, truths: number): number {
  const recalls = new Float64Array(outcomes.length);
  const precisions = new Float64Array(outcomes.length);
  let hits = 0;
  let misses = 0;
  for (let at = 0; at < outcomes.length; at++) {
    if (outcomes[at] === Outcome.hit) hits++;
    else if (outcomes[at] === Outcome.missed) misses++;
    recalls[at] = hits / truths;
    precisions[at] = hits / (hits + misses + EPSILON);
  }
  for (let at = outcomes.length - 2; at >= 0; at--) {
    precisions[at] = Math.max(precisions[at]!, precisions[at + 1]!);
  }
  let sum = 0;
  let at = 0;
  for (const recall of RECALLS) {
    while (at < outcomes.length && recalls[at]! < recall) at++;
    if (at === outcomes.length) break;
    sum += precisions[at]!;
  }
  return sum / RECALLS.length;
}

function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
