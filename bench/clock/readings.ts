import type { CaptureTime } from "../../client/time/capture_time.ts";
import type { ClockEstimate } from "../../client/time/clock_sync.ts";
import { ROUND_MS } from "./drawn_clock.ts";

/** One frame as the viewer saw it. Times are ms since the epoch on the viewer's clock. */
export interface ClockSample {
  readonly atMs: number;
  readonly rtpTimestamp: number;
  /** What the picture says: the phone's own clock, modulo `ROUND_MS`. */
  readonly drawnMs: number;
  readonly capture: CaptureTime;
  readonly receiveTimeMs: number | null;
  readonly clock: ClockEstimate | null;
}

/** One ping of the reference: the phone's clock is ahead by `offsetMs`, give or take half of it. */
export interface Ping {
  readonly atMs: number;
  readonly roundTripMs: number;
  readonly offsetMs: number;
}

export interface Readings {
  readonly samples: readonly ClockSample[];
  readonly pings: readonly Ping[];
  readonly log: readonly string[];
}

/** Of the pings around a frame the fastest is believed. */
const REFERENCE_WINDOW_MS = 1_500;

/** How far a rung was beside the time that was drawn; later is positive. */
export interface RungError {
  readonly rung: CaptureTime["clock"];
  readonly errorMs: number;
  /** What was said of it beforehand. */
  readonly boundMs: number | null;
}

/** Compares what was said of each frame with what is drawn in it. */
export function rungErrors({ samples, pings }: Readings): RungError[] {
  return samples.flatMap(({ atMs, drawnMs, capture, receiveTimeMs }) => {
    const reference = fastest(pings, atMs);
    if (reference === null) return [];
    const beside = (timeMs: number) => around(timeMs + reference.offsetMs - drawnMs);
    const received = receiveTimeMs === null
      ? []
      : [{ rung: "receiveTime" as const, errorMs: beside(receiveTimeMs), boundMs: null }];
    if (capture.clock === "receiveTime") return received;
    const { clock, errorMs, timeMs } = capture;
    return [{ rung: clock, errorMs: beside(timeMs), boundMs: errorMs }, ...received];
  });
}

/** How far the link's estimate of the phone's clock was off, and what it said. */
export function clockErrors(
  { samples, pings }: Readings,
  aheadMs: (atMs: number) => number,
): { errorMs: number; boundMs: number; referenceErrorMs: number }[] {
  return samples.flatMap(({ atMs, clock }) => {
    const reference = fastest(pings, atMs);
    if (reference === null || clock === null) return [];
    return [{
      errorMs: clock.offsetMs - reference.offsetMs - aheadMs(atMs + reference.offsetMs),
      boundMs: clock.errorMs,
      referenceErrorMs: reference.roundTripMs / 2,
    }];
  });
}

function fastest(pings: readonly Ping[], atMs: number): Ping | null {
  return pings.filter((ping) => Math.abs(ping.atMs - atMs) < REFERENCE_WINDOW_MS)
    .reduce<Ping | null>(
      (best, ping) => best === null || ping.roundTripMs < best.roundTripMs ? ping : best,
      null,
    );
}

/** The difference on the round of the drawn clock, from minus to plus half of it. */
function around(differenceMs: number): number {
  const rest = ((differenceMs % ROUND_MS) + ROUND_MS) % ROUND_MS;
  return rest > ROUND_MS / 2 ? rest - ROUND_MS : rest;
}
