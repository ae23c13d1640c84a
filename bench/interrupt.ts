import { note } from "./screen.ts";

/** What a shell answers for a program that Ctrl+C ended. */
export const INTERRUPTED = 130;

/** Thrown where Ctrl+C has ended the work. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

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

/** What work needs that can be interrupted. */
export interface Interruptible {
  readonly signal: AbortSignal;
  /** Takes all that has to be ended. */
  readonly stack: AsyncDisposableStack;
}

/**
 * Does work that ends at once, with all that it has started, after Ctrl+C.
 * @throws {InterruptedError} Then.
 */
export async function interruptible<T>(work: (tools: Interruptible) => Promise<T>): Promise<T> {
  using interrupt = onInterrupt();
  await using stack = new AsyncDisposableStack();
  const working = work({ signal: interrupt.signal, stack });
  // After an interruption nobody waits for it any more.
  working.catch(() => {});
  const answer = await Promise.race([working, interrupt.happened]);
  if (answer !== "interrupted") return answer;
  note("ending what was started …");
  await endEarly(working, stack);
  throw new InterruptedError("Interrupted: nothing was written");
}

/**
 * Ends work that was interrupted: at its next step; where that is far, what it has started ends under
 * its feet.
 */
async function endEarly(work: Promise<unknown>, started: AsyncDisposableStack): Promise<void> {
  const settled = work.then(() => {}, () => {});
  const patience = () => new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([settled, patience()]);
  await started.disposeAsync().catch(() => {});
  await Promise.race([settled, patience()]);
}
