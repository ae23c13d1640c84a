/** The clock and the timer that time-dependent code is given, so that tests can turn it by hand. */
export interface Timers {
  /** Monotonic, ms. */
  nowMs(): number;
  setTimeout(callback: () => void, delayMs: number): number;
  clearTimeout(id: number | undefined): void;
}

/** The page's own clock and timer. */
export const pageTimers: Timers = {
  nowMs: () => performance.now(),
  setTimeout: (callback, delayMs) => globalThis.setTimeout(callback, delayMs) as unknown as number,
  clearTimeout: (id) => globalThis.clearTimeout(id),
};
