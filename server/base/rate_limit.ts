import { type Bucket, isFullBucket, type Rate, takeToken } from "@/protocol";

/** One bucket per key (an address), bounded: full buckets are forgotten, and so is the oldest. */
export class KeyedLimiter {
  readonly #rate: Rate;
  readonly #maxKeys: number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param maxKeys Keys remembered; past it the longest unused one is forgotten. */
  constructor(rate: Rate, maxKeys = 4096) {
    this.#rate = rate;
    this.#maxKeys = maxKeys;
  }

  /** Takes one of `key`; returns 0, or the ms to wait. */
  take(key: string, nowMs: number): number {
    const { bucket, waitMs } = takeToken(this.#buckets.get(key) ?? null, this.#rate, nowMs);
    // Deleted first so that a Map's insertion order is the order of last use.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#maxKeys) {
      const [oldest] = this.#buckets.keys();
      this.#buckets.delete(oldest!);
    }
    return waitMs;
  }

  /** Ms until `key` has a token, without taking it. */
  peek(key: string, nowMs: number): number {
    return takeToken(this.#buckets.get(key) ?? null, this.#rate, nowMs).waitMs;
  }

  /** Forgets the keys that have rested long enough. */
  sweep(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (isFullBucket(bucket, this.#rate, nowMs)) this.#buckets.delete(key);
    }
  }

  /** Keys remembered now. */
  get size(): number {
    return this.#buckets.size;
  }
}
