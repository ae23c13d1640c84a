/** Another clock for one page and its Workers: ahead by a constant, and gaining. */
export interface Shift {
  readonly aheadMs: number;
  readonly driftPpm: number;
  /** When it is ahead by `aheadMs`, ms since the epoch. */
  readonly fromMs: number;
}

/** How far the shifted clock is ahead when the browser's own shows `rawMs`. */
export function aheadAt({ aheadMs, driftPpm, fromMs }: Shift, rawMs: number): number {
  return aheadMs + (rawMs - fromMs) * driftPpm / 1e6;
}

/** A script that shifts `performance` and `Date`, and leaves the browser's own in `rawEpochMs`. */
export function shiftScript(shift: Shift): string {
  return `{
    const now = performance.now.bind(performance);
    const dateNow = Date.now;
    const aheadAt = ${aheadAt};
    const shift = ${JSON.stringify(shift)};
    globalThis.rawEpochMs = () => performance.timeOrigin + now();
    performance.now = () => now() + aheadAt(shift, rawEpochMs());
    Date.now = () => Math.floor(dateNow() + aheadAt(shift, rawEpochMs()));
  }`;
}
