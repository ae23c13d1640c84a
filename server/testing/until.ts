/** It is looked at this often. */
const EVERY_MS = 10;

/** Of what takes its time on a busy machine. */
const LIMIT_MS = 30_000;

/** Resolves when it holds. @throws {Error} (rejects) If that takes too long, saying what did not come. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what = "what was waited for",
  limitMs = LIMIT_MS,
): Promise<void> {
  const startMs = performance.now();
  while (!await holds()) {
    if (performance.now() - startMs > limitMs) throw new Error(`Not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
