import type { Spread } from "@/protocol";

/**
 * Smallest of the values that at least `share` of them do not exceed (nearest rank); `null` of none.
 *
 * @param share Over 0, at most 1.
 */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** Median and 95th percentile; `null` each of no value. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: percentile(values, 0.5), p95: percentile(values, 0.95) };
}

/** The values that there are. */
export function measured(values: readonly (number | null)[]): number[] {
  return values.filter((value): value is number => value !== null);
}
