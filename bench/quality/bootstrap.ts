import { averagePrecision } from "../accuracy/coco_map.ts";
import type { ClassMatches } from "../accuracy/coco_match.ts";

/** Where a figure would lie 95 times of 100 if the pictures were drawn anew. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Enough for two digits of an interval's ends. */
export const RESAMPLES = 500;

const SEED = 1;

/**
 * How far apart AP50-95 with and without a change may be by the choice of pictures alone: a paired
 * bootstrap, in which both sides see the same pictures, drawn with replacement. The same every time.
 *
 * @param base Without the change.
 * @param others With one.
 * @returns One for each of `others`: of its AP50-95 less that of `base`; `null` without any object.
 *
 * Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), percentile intervals.
 */
export function differenceIntervals(
  base: readonly ClassMatches[],
  others: readonly (readonly ClassMatches[])[],
  pictureIds: readonly number[],
): (Interval | null)[] {
  const random = randomIntegers(SEED);
  const differences = others.map((): number[] => []);
  for (let round = 0; round < RESAMPLES; round++) {
    const weights = new Map<number, number>();
    for (let draw = 0; draw < pictureIds.length; draw++) {
      const id = pictureIds[random() % pictureIds.length]!;
      weights.set(id, (weights.get(id) ?? 0) + 1);
    }
    const apOf = (matches: readonly ClassMatches[]) =>
      averagePrecision(matches, (id) => weights.get(id) ?? 0).ap50to95;
    const baseAp = apOf(base);
    if (baseAp === null) continue;
    for (const [index, other] of others.entries()) {
      const ap = apOf(other);
      if (ap !== null) differences[index]!.push(ap - baseAp);
    }
  }
  return differences.map((values) => {
    if (values.length === 0) return null;
    const sorted = values.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
    return { low: at(0.025), high: at(0.975) };
  });
}

/** Unsigned 32-bit integers. Source: Marsaglia, Xorshift RNGs (2003). */
function randomIntegers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
