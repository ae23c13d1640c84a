/** How CPU threads are spread: `sessions` frames at once, `threads` for each. */
export interface Layout {
  readonly sessions: number;
  readonly threads: number;
}

/** What a layout gave on the default model. */
export interface LayoutTrial extends Layout {
  /** Median run while the other sessions are idle, ms: what a single viewer gets. */
  readonly loneRunMs: number;
  /** Runs a second of all sessions together: what many viewers share. */
  readonly runsPerSecond: number;
}

/** More sessions cost memory (a Worker and the weights each) and gain little. */
const MAX_SESSIONS = 8;

/** What a single viewer may lose so that many get more; under a third of a frame's time at 30 fps. */
const LONE_ALLOWANCE_MS = 10;

/** Gains below this are within what a short measurement is off by. */
const LEAST_GAIN = 1.05;

/** Every sensible way to spread `threads`: 1 × N, 2 × N/2, … N × 1. */
export function layouts(threads: number): Layout[] {
  const all: Layout[] = [];
  for (let sessions = 1; sessions <= Math.min(threads, MAX_SESSIONS); sessions *= 2) {
    all.push({ sessions, threads: Math.floor(threads / sessions) });
  }
  return all;
}

/**
 * The layout that runs most frames a second, among those that serve a single viewer nearly as fast as
 * the best one does. Fewer sessions when it makes no difference.
 * @param trials At least one, by rising number of sessions.
 */
export function chooseLayout(trials: readonly LayoutTrial[]): LayoutTrial {
  const fastestMs = Math.min(...trials.map(({ loneRunMs }) => loneRunMs));
  const eligible = trials.filter(({ loneRunMs }) => loneRunMs <= fastestMs + LONE_ALLOWANCE_MS);
  return eligible.reduce((best, trial) =>
    trial.runsPerSecond > best.runsPerSecond * LEAST_GAIN ? trial : best
  );
}

/** So many frames in a second that wait although nothing else of their stream is in work call for more lanes. */
const PRESSING = 10;
const PRESSING_MS = 1_000;

/** Tells when frames of several streams stand in each other's way. Pure: the time comes in. */
export class LaneNeed {
  #sinceMs: number | null = null;
  #before = 0;

  /** @param contended See `Dispatcher.contended`. @returns Whether more lanes should be tried. */
  isPressing(contended: number, nowMs: number): boolean {
    const sinceMs = this.#sinceMs ??= nowMs;
    if (nowMs - sinceMs < PRESSING_MS) return false;
    const waited = contended - this.#before;
    this.#sinceMs = nowMs;
    this.#before = contended;
    return waited >= PRESSING;
  }
}

/** Sums up what was measured. @param togetherRunsMs For each session, its runs while all were busy. */
export function toTrial(
  layout: Layout,
  loneRunsMs: readonly number[],
  togetherRunsMs: readonly (readonly number[])[],
): LayoutTrial {
  const runsPerSecond = togetherRunsMs.reduce((sum, runsMs) => {
    const totalMs = runsMs.reduce((a, b) => a + b, 0);
    return sum + (totalMs > 0 ? runsMs.length / totalMs * 1000 : 0);
  }, 0);
  const sorted = loneRunsMs.toSorted((a, b) => a - b);
  return { ...layout, loneRunMs: sorted[sorted.length >> 1]!, runsPerSecond };
}
