/**
 * Says what nobody caught and ends with 1. Deno would do so as well, but not with
 * `OTEL_DENO_CONSOLE=replace`: then it ends without a word, whether telemetry is on or not. Imports
 * nothing, as the launcher uses it before there are packages.
 */
export class Uncaught {
  #onRejection: (stack: string) => void = end;

  constructor() {
    addEventListener("error", (event) => {
      event.preventDefault();
      end(stackOf(event.error ?? event.message));
    });
    addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      this.#onRejection(stackOf(event.reason));
    });
  }

  /** From now on a rejection is told and the process goes on; an error still ends it. */
  keepRunning(tell: (stack: string) => void): void {
    this.#onRejection = tell;
  }
}

/** What there is of an error, where it came from included. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? String(error) : String(error);
}

function end(text: string): never {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
  Deno.exit(1);
}
