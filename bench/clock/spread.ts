/** Signed values, in short: rounded to hundredths. */
export interface Spread {
  readonly count: number;
  readonly min: number;
  readonly p5: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/** @throws {RangeError} If there is none. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError("Cannot sum up values: there are 0");
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) =>
    Math.round(sorted[Math.round(part * (sorted.length - 1))]! * 100) / 100;
  return {
    count: sorted.length,
    min: at(0),
    p5: at(0.05),
    median: at(0.5),
    p95: at(0.95),
    max: at(1),
  };
}
