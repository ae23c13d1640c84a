import type { Metrics, Steadiness } from "@/protocol";
import { measured, median } from "../../client/base/quantiles.ts";
import { shareOf } from "./document.ts";

/** Between the extremes of all runs, as a share of their median: beyond it they contradict each other. */
const MAX_SPREAD = 0.25;

/** Less than this is within what a screen's interval makes of any latency. */
const MIN_SPREAD_MS = 17;

/** One document of several runs: that of the middle one, with what all of them came to. */
export function ofRuns(runs: readonly Metrics[]): Metrics {
  const [first] = runs;
  if (first === undefined) throw new TypeError("Cannot sum up: nothing was measured");
  if (runs.length === 1) return first;
  const middle = middleRun(runs);
  const latency = steadinessOf(runs.map((run) => run.median_latency_ms));
  const fps = steadinessOf(runs.map((run) => run.processed_fps));
  return {
    ...middle,
    runs: runs.map((run) => shareOf(run, run === middle ? run.samples.length : 0)),
    steadiness: {
      median_latency_ms: latency,
      processed_fps: fps,
      is_conclusive: isSteady(latency, MIN_SPREAD_MS) && isSteady(fps, 1),
    },
  };
}

/** Of an even number, the lower one of the two in the middle. */
function middleRun(runs: readonly Metrics[]): Metrics {
  const keyOf = (run: Metrics) => run.median_latency_ms ?? run.receive_to_display_ms.median ?? 0;
  return runs.toSorted((a, b) => keyOf(a) - keyOf(b))[(runs.length - 1) >> 1]!;
}

/** `null` where a run did not measure it. */
function steadinessOf(values: readonly (number | null)[]): Steadiness | null {
  const known = measured(values);
  const middle = median(known);
  if (middle === null || known.length < values.length) return null;
  return { median: middle, min: Math.min(...known), max: Math.max(...known) };
}

function isSteady(range: Steadiness | null, least: number): boolean {
  if (range === null) return false;
  return range.max - range.min <= Math.max(least, MAX_SPREAD * Math.abs(range.median));
}
