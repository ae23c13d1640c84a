import { note } from "./screen.ts";

/** Tells a person how far the measuring is, and ends it when the person does not want it any more. */
export interface Progress {
  /** @throws {DOMException} After Ctrl+C, as the other two do. */
  check(): void;
  /** Something begins that takes as long as it takes. */
  step(text: string): void;
  /** Lets a time pass, and says so. */
  during(text: string, totalMs: number, tickMs: number): Promise<void>;
}

const BAR_WIDTH = 24;

/** A bar such as `[#####.....] 12 of 30 s`. @param share 0 to 1. */
export function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return `[${"#".repeat(full)}${".".repeat(BAR_WIDTH - full)}]`;
}

/** On a terminal a bar that moves; elsewhere a line a step. @param signal Ends it. */
export function screenProgress(prefix: string, signal: AbortSignal): Progress {
  return {
    check: () => signal.throwIfAborted(),
    step(text) {
      signal.throwIfAborted();
      note(`${prefix}${text} …`);
    },
    async during(text, totalMs, tickMs) {
      const startedMs = performance.now();
      const isTerminal = Deno.stderr.isTerminal();
      if (!isTerminal) note(`${prefix}${text}, ${Math.round(totalMs / 1000)} s …`);
      for (;;) {
        signal.throwIfAborted();
        const elapsedMs = performance.now() - startedMs;
        if (isTerminal) {
          const seconds = `${Math.floor(elapsedMs / 1000)} of ${Math.round(totalMs / 1000)} s`;
          note(`${prefix}${bar(elapsedMs / totalMs)} ${text}, ${seconds}`);
        }
        if (elapsedMs >= totalMs) return;
        const restMs = totalMs - elapsedMs;
        await new Promise((resolve) => setTimeout(resolve, Math.min(tickMs, restMs)));
      }
    },
  };
}

/** Says nothing. */
export const silentProgress: Progress = {
  check() {},
  step() {},
  during: (_text, totalMs) => new Promise((resolve) => setTimeout(resolve, totalMs)),
};
