/** What one suite of tests came to. */
export interface SuiteResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  /** Names of the tests that were left out. */
  readonly skipped: readonly string[];
  /** What each job that failed said of it, in short; said again at the end, where it is looked for. */
  readonly reasons?: readonly string[];
  /** Files of tests that failed among others and passed alone. */
  readonly secondTries?: readonly string[];
  /** Why the suite as a whole did not run; then the counts are 0 and nothing counts as failed. */
  readonly notRun?: string;
  readonly seconds: number;
}

/** Sums over all suites. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Adds the suites up. */
export function sumUp(results: readonly SuiteResult[]): Totals {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const result of results) {
    passed += result.passed;
    failed += result.failed;
    skipped += result.skipped.length;
  }
  return { passed, failed, skipped };
}

/** A suite that should have run tests and ran none is a failure of its own. */
export function failWhenEmpty(result: SuiteResult): SuiteResult {
  const ran = result.passed + result.failed + result.skipped.length;
  return result.notRun !== undefined || ran > 0 ? result : { ...result, failed: 1 };
}

/** What failed, the table of all suites, then the skipped tests by name, as lines. */
export function reportLines(results: readonly SuiteResult[]): string[] {
  const width = Math.max(...results.map((result) => result.name.length), "suite".length);
  const lines = results.flatMap(({ name, reasons = [] }) =>
    reasons.map((reason) => `failed: ${name}: ${reason}\n`)
  );
  lines.push(`${"suite".padEnd(width)}   passed   failed  skipped   seconds`);
  for (const result of results) {
    const name = result.name.padEnd(width);
    if (result.notRun !== undefined) {
      lines.push(`${name}   not run: ${result.notRun}`);
      continue;
    }
    const counts = [result.passed, result.failed, result.skipped.length];
    const columns = counts.map((count) => String(count).padStart(8)).join(" ");
    lines.push(`${name} ${columns} ${result.seconds.toFixed(1).padStart(9)}`);
  }
  for (const result of results) {
    for (const name of result.skipped) lines.push(`skipped by name: ${result.name}: ${name}`);
    for (const files of result.secondTries ?? []) {
      lines.push(`failed among others, passed alone: ${result.name}: ${files}`);
    }
  }
  return lines;
}

/** The very last line of a test run, which machines read. */
export function closingLine({ passed, failed, skipped }: Totals): string {
  const counts = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? counts : `${counts}, ${skipped} skipped`;
}
