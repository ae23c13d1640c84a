// This module is browser compatible.

/** Ms of one call, as the mean of `batch` calls. */
export function timed(batch: number, call: () => void): number {
  const startMs = performance.now();
  for (let i = 0; i < batch; i++) call();
  return (performance.now() - startMs) / batch;
}
