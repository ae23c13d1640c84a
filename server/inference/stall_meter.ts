/** Ticks this often: a stall is known to as much. */
const TICK_MS = 20;

/** Measures how long this thread's event loop stood still. */
export class StallMeter implements Disposable {
  readonly #timer: ReturnType<typeof setInterval>;
  #lastMs = performance.now();
  #maxMs = 0;

  constructor() {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** The longest stall since the last call, ms. */
  take(): number {
    this.#tick();
    const maxMs = this.#maxMs;
    this.#maxMs = 0;
    return maxMs;
  }

  /** Stops it. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#maxMs = Math.max(this.#maxMs, nowMs - this.#lastMs - TICK_MS);
    this.#lastMs = nowMs;
  }
}
