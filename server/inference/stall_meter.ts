import { BucketCounter, type BucketCounts, LAG_BOUNDS_MS } from "../base/bucket_counts.ts";

/** Ticks this often: a stall is known to as much. */
const TICK_MS = 20;

/** Measures how long this thread's event loop stood still. */
export class StallMeter implements Disposable {
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #lagMs = new BucketCounter(LAG_BOUNDS_MS);
  #lastMs = performance.now();
  #maxMs = 0;

  constructor() {
    // Apart from the maximum, which is looked at between two ticks.
    let tickedMs = this.#lastMs;
    this.#timer = setInterval(() => {
      this.#tick();
      this.#lagMs.record(Math.max(0, this.#lastMs - tickedMs - TICK_MS));
      tickedMs = this.#lastMs;
    }, TICK_MS);
  }

  /** How late its ticks came, ms. */
  get lagMs(): BucketCounts {
    return this.#lagMs.read();
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
