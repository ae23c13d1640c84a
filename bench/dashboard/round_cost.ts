import { median } from "../load/stats.ts";
import type { CostSample } from "./measure.ts";

/** What charts cost, from rounds with them shut and open. Percent, 100: a core. */
export interface RoundCost {
  /** All of the viewer with the charts shut; the median. */
  readonly viewerPercent: number;
  /** What they add; the mean, which counts drawings that come every few seconds for what they are. */
  readonly chartsPoints: number;
  /** How far that mean may be off, to either side: twice its standard error. */
  readonly errorPoints: number;
  /** What they add, as a share of what the viewer takes with them shut. */
  readonly chartsPercent: number;
  readonly errorPercent: number;
}

/** Sums rounds up. @throws {RangeError} If there are fewer than two: nothing would be known of the error. */
export function costOf(samples: readonly CostSample[]): RoundCost {
  if (samples.length < 2) throw new RangeError("Cannot sum up fewer than two rounds");
  // Detection takes what CPU it gets, so what charts take is seen beside the Workers.
  const added = samples.map(({ shut, open }) => open.page - shut.page);
  const viewerPercent = median(samples.map(({ shut }) => shut.all))!;
  const chartsPoints = added.reduce((sum, each) => sum + each, 0) / added.length;
  const squares = added.reduce((sum, each) => sum + (each - chartsPoints) ** 2, 0);
  const errorPoints = 2 * Math.sqrt(squares / (added.length - 1) / added.length);
  return {
    viewerPercent,
    chartsPoints,
    errorPoints,
    chartsPercent: chartsPoints / viewerPercent * 100,
    errorPercent: errorPoints / viewerPercent * 100,
  };
}

/** Whether a bound is kept; `unclear`: the rounds differ by too much to say. */
export function verdictOf(
  { chartsPercent, errorPercent }: RoundCost,
  boundPercent: number,
): "met" | "missed" | "unclear" {
  if (chartsPercent + errorPercent < boundPercent) return "met";
  return chartsPercent - errorPercent >= boundPercent ? "missed" : "unclear";
}
