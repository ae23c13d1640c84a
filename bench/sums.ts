/** The sum of numbers. */
export function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

/** The sum of each count, by its name. */
export function addUp(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const [name, count] of counts.flatMap(Object.entries<number>)) {
    totals[name] = (totals[name] ?? 0) + count;
  }
  return totals;
}
