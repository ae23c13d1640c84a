/**
 * Now, ms since the Unix epoch, with fractions, never going back. Pages and their Workers agree on
 * it to about a millisecond.
 */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
