/**
 * Looks again and again until there is something.
 * @param why A sentence, from the last look, for when it takes too long.
 * @throws {Error} With that.
 */
export async function until<T>(
  look: () => T | Promise<T>,
  why: (last: T) => string | Promise<string>,
  { timeoutMs, everyMs = 100 }: { readonly timeoutMs: number; readonly everyMs?: number },
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > deadline) throw new Error(await why(seen));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Whether a server answers a request well, if it answers. */
export async function answersOk(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => null);
  await answer?.body?.cancel();
  return answer?.ok ?? false;
}
