/** How fast something may happen. */
export interface Rate {
  /** Sustained, per second. */
  readonly perSecond: number;
  /** At once, after a rest. */
  readonly burst: number;
}

/** What is left of a token bucket. A fresh one is full: `null`. */
export type Bucket = { readonly tokens: number; readonly atMs: number } | null;

/** The answer of {@linkcode take}. */
export interface Taken {
  readonly bucket: Bucket;
  /** 0: go ahead. Otherwise ms until the next one is free; nothing was taken. */
  readonly waitMs: number;
}

/**
 * Takes one token, or so many at once. Pure: the time is an argument, ms on any clock that does not
 * go backwards.
 */
export function take(bucket: Bucket, rate: Rate, nowMs: number, wanted = 1): Taken {
  const tokens = level(bucket, rate, nowMs);
  if (tokens >= wanted) return { bucket: { tokens: tokens - wanted, atMs: nowMs }, waitMs: 0 };
  const waitMs = Math.ceil((wanted - tokens) / rate.perSecond * 1000);
  return { bucket: { tokens, atMs: nowMs }, waitMs };
}

/** Whether a bucket is full again, so that it need not be kept. */
export function isFull(bucket: Bucket, rate: Rate, nowMs: number): boolean {
  return level(bucket, rate, nowMs) >= rate.burst;
}

function level(bucket: Bucket, rate: Rate, nowMs: number): number {
  if (bucket === null) return rate.burst;
  const elapsedS = Math.max(0, nowMs - bucket.atMs) / 1000;
  return Math.min(rate.burst, bucket.tokens + elapsedS * rate.perSecond);
}

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
    const { bucket, waitMs } = take(this.#buckets.get(key) ?? null, this.#rate, nowMs);
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
    return take(this.#buckets.get(key) ?? null, this.#rate, nowMs).waitMs;
  }

  /** Forgets the keys that have rested long enough. */
  sweep(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (isFull(bucket, this.#rate, nowMs)) this.#buckets.delete(key);
    }
  }

  /** Keys remembered now. */
  get size(): number {
    return this.#buckets.size;
  }
}
