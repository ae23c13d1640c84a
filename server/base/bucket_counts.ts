/** Counts of a histogram since its start. Bounded: its size is that of its bounds. */
export interface BucketCounts {
  /** One for each upper bound, and one for what lies above them all; not cumulated. */
  readonly counts: readonly number[];
  /** Of all values. */
  readonly sum: number;
}

/** Upper bounds for durations of stages and of whole frames, ms. */
export const LATENCY_BOUNDS_MS = [
  ...[0.5, 1, 2, 5, 10, 15, 20, 30, 50, 75, 100],
  ...[150, 200, 300, 500, 1000, 2500],
] as const;

/** Upper bounds for how late an event loop is, ms. */
export const LAG_BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] as const;

/** Counts values by the bucket that they fall into: a value is in the first whose bound it reaches. */
export class BucketCounter {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  /** @param bounds Rising. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = Array(bounds.length + 1).fill(0);
  }

  /** Takes one value. */
  record(value: number): void {
    const index = this.#bounds.findIndex((bound) => value <= bound);
    this.#counts[index === -1 ? this.#bounds.length : index]! += 1;
    this.#sum += value;
  }

  /** A copy of the counts so far. */
  read(): BucketCounts {
    return { counts: [...this.#counts], sum: this.#sum };
  }
}

/** The counts of two histograms with the same bounds together. */
export function addBuckets(a: BucketCounts, b: BucketCounts): BucketCounts {
  return {
    counts: a.counts.map((count, index) => count + (b.counts[index] ?? 0)),
    sum: a.sum + b.sum,
  };
}
