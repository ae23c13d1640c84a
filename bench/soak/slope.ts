// How memory grows. Pure.

/** A reading of one process. */
export interface Reading {
  readonly minute: number;
  readonly mb: number;
}

/** What became of a process' memory. */
export interface Trend {
  readonly firstMb: number;
  readonly lastMb: number;
  readonly mostMb: number;
  /** By least squares, over the readings from `fromMinute` on; `null` where they are too few. */
  readonly slopeMbPerHour: number | null;
}

/** Fewer readings than this make no slope. */
const LEAST_READINGS = 10;

/**
 * The trend of a process.
 * @param readings In order of time, at least one.
 * @param fromMinute What comes before is warming up: caches, compilers, buffers.
 */
export function trendOf(readings: readonly Reading[], fromMinute: number): Trend {
  const mbs = readings.map(({ mb }) => mb);
  const later = readings.filter(({ minute }) => minute >= fromMinute);
  return {
    firstMb: mbs[0]!,
    lastMb: mbs.at(-1)!,
    mostMb: Math.max(...mbs),
    slopeMbPerHour: later.length < LEAST_READINGS ? null : slope(later) * 60,
  };
}

/** Least squares, MB a minute. */
function slope(readings: readonly Reading[]): number {
  const mean = (of: (reading: Reading) => number) =>
    readings.reduce((sum, reading) => sum + of(reading), 0) / readings.length;
  const minute = mean((reading) => reading.minute);
  const mb = mean((reading) => reading.mb);
  const covariance = mean((reading) => (reading.minute - minute) * (reading.mb - mb));
  return covariance / mean((reading) => (reading.minute - minute) ** 2);
}
