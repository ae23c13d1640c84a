import { BucketCounter, type BucketCounts, LAG_BOUNDS_MS } from "./bucket_counts.ts";

/** The event loop is asked this often whether it stands still. */
const TICK_MS = 20;

/** Upper ends of the histogram's buckets, ms: by halves of octaves, so p99 is known to about 40 %. */
const BUCKETS_MS = Array.from({ length: 32 }, (_, index) => 2 ** (index / 2 - 1));

/** How long this process's event loop stood still, since the start. */
export interface Stalls {
  readonly maxMs: number;
  /** `null` before anything was measured. Not above `maxMs`. */
  readonly p99Ms: number | null;
}

/** Keeps lateness of timers in little memory, for ever. Pure: {@linkcode watchEventLoop} feeds it. */
export class StallHistogram {
  readonly #counts = new Float64Array(BUCKETS_MS.length + 1);
  readonly #lagMs = new BucketCounter(LAG_BOUNDS_MS);
  #total = 0;
  #maxMs = 0;

  /** Takes how late one tick came, ms. */
  record(lateMs: number): void {
    const index = BUCKETS_MS.findIndex((endMs) => lateMs <= endMs);
    this.#counts[index === -1 ? BUCKETS_MS.length : index]! += 1;
    this.#lagMs.record(lateMs);
    this.#total++;
    this.#maxMs = Math.max(this.#maxMs, lateMs);
  }

  /** The figures so far. */
  read(): Stalls {
    return { maxMs: this.#maxMs, p99Ms: this.#percentile(0.99) };
  }

  /** The lateness of all ticks so far, ms. */
  get lagMs(): BucketCounts {
    return this.#lagMs.read();
  }

  #percentile(share: number): number | null {
    if (this.#total === 0) return null;
    let seen = 0;
    for (const [index, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= this.#total * share) return Math.min(BUCKETS_MS[index] ?? Infinity, this.#maxMs);
    }
    return this.#maxMs;
  }
}

/** Measures the event loop of this process from now on. */
export function watchEventLoop(): StallHistogram {
  const histogram = new StallHistogram();
  let lastMs = performance.now();
  setInterval(() => {
    const nowMs = performance.now();
    histogram.record(Math.max(0, nowMs - lastMs - TICK_MS));
    lastMs = nowMs;
  }, TICK_MS);
  return histogram;
}
