import type { Timers } from "../base/timers.ts";
import type { FromWorker, StartPart } from "./worker_messages.ts";

/** How long the start of each part may take, ms. */
export type StartLimits = Readonly<Record<StartPart, number>>;

/**
 * Watches one detection Worker while it starts what it has loaded. What takes its time on the network is
 * not watched. In Firefox, a runtime with threads now and then never starts: a Worker of its own never
 * comes, or the Worker itself stands still, so that the page alone can tell.
 */
export class StartWatch {
  readonly #timers: Timers;
  readonly #limits: StartLimits;
  readonly #onStalled: () => void;
  #timer: number | undefined;

  constructor(timers: Timers, limits: StartLimits, onStalled: () => void) {
    this.#timers = timers;
    this.#limits = limits;
    this.#onStalled = onStalled;
  }

  /** The Worker said something. */
  heard(message: FromWorker): void {
    if (message.kind === "ready" || message.kind === "failed") return this.stop();
    if (message.kind !== "starts") return;
    this.stop();
    if (message.part === null) return;
    this.#timer = this.#timers.setTimeout(this.#onStalled, this.#limits[message.part]);
  }

  /** The Worker is of no interest any more. */
  stop(): void {
    this.#timers.clearTimeout(this.#timer);
  }
}
