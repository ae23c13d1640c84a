/**
 * Ms since the Unix epoch, with what the platform gives below one millisecond. It never goes
 * backwards: the wall clock is read once, when this thread starts, and a steady clock added to it.
 */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
