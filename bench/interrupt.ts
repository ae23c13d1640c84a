/** What a shell answers for a program that Ctrl+C ended. */
export const INTERRUPTED = 130;

/** A step that has begun, such as a browser's start, may end by itself. */
const PATIENCE_MS = 4_000;

/** Ctrl+C and SIGTERM. */
export interface Interrupt extends Disposable {
  /** Aborted by either. */
  readonly signal: AbortSignal;
  readonly happened: Promise<"interrupted">;
}

/** Listens, until it is disposed of; the process goes on. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  const happened = Promise.withResolvers<"interrupted">();
  const listener = () => {
    controller.abort();
    happened.resolve("interrupted");
  };
  const signals: readonly Deno.Signal[] = ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, listener);
  return {
    signal: controller.signal,
    happened: happened.promise,
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, listener);
    },
  };
}

/**
 * Ends work that was interrupted: at its next step; where that is far, what it has started ends under
 * its feet.
 */
export async function endEarly(
  work: Promise<unknown>,
  started: AsyncDisposableStack | null,
): Promise<void> {
  const settled = work.then(() => {}, () => {});
  const patience = () => new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([settled, patience()]);
  await started?.disposeAsync().catch(() => {});
  await Promise.race([settled, patience()]);
}
