import type { Spread } from "@/protocol";

/**
 * Smallest of the values that at least `share` of them do not exceed (nearest rank); `null` of none.
 *
 * @param share Over 0, at most 1.
 */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** Middle of the values, the lower of two; `null` of none. */
export function median(values: readonly number[]): number | null {
  return quantile(values, 0.5);
}

/** Median and 95th percentile; `null` each of no value. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), p95: quantile(values, 0.95) };
}

/** The values that there are. */
export function measured(values: readonly (number | null)[]): number[] {
  return values.filter((value): value is number => value !== null);
}
