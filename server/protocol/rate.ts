// This module is browser compatible.

/** How fast something may happen. */
export interface Rate {
  /** Sustained, per second. */
  readonly perSecond: number;
  /** At once, after a rest. */
  readonly burst: number;
}

/** What is left of a token bucket. A fresh one is full: `null`. */
export type Bucket = { readonly tokens: number; readonly atMs: number } | null;

/** The answer of {@linkcode takeToken}. */
export interface Taken {
  readonly bucket: Bucket;
  /** 0: go ahead. Otherwise ms until the next one is free; nothing was taken. */
  readonly waitMs: number;
}

/**
 * Takes one token, or so many at once. Pure: the time is an argument, ms on any clock. One that goes back
 * gives nothing.
 */
export function takeToken(bucket: Bucket, rate: Rate, nowMs: number, wanted = 1): Taken {
  const tokens = level(bucket, rate, nowMs);
  const atMs = Math.max(nowMs, bucket?.atMs ?? nowMs);
  if (tokens >= wanted) return { bucket: { tokens: tokens - wanted, atMs }, waitMs: 0 };
  const waitMs = Math.ceil((wanted - tokens) / rate.perSecond * 1000);
  return { bucket: { tokens, atMs }, waitMs };
}

/** Whether a bucket is full again, so that it need not be kept. */
export function isFullBucket(bucket: Bucket, rate: Rate, nowMs: number): boolean {
  return level(bucket, rate, nowMs) >= rate.burst;
}

function level(bucket: Bucket, rate: Rate, nowMs: number): number {
  if (bucket === null) return rate.burst;
  const elapsedS = Math.max(0, nowMs - bucket.atMs) / 1000;
  return Math.min(rate.burst, bucket.tokens + elapsedS * rate.perSecond);
}
