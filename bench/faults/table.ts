import { quantile } from "../../client/base/quantiles.ts";
import { type KeptResult, TARGET_RECOVERY_MS } from "./results.ts";

/** A table for people, in Markdown, as the report has it. */
export function faultTable(cases: Readonly<Record<string, KeptResult>>): string {
  const rows = Object.values(cases).map((result) =>
    `| ${result.title} | ${result.tried} | ${result.lost} | ${recoveryWords(result.recoveryMs)} | ${
      result.violations.length === 0 ? "none" : String(result.violations.length)
    } |`
  );
  return [
    "| what | how many | lost | back after, ms (median; most) | otherwise than it must be |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** Whether a case went as it must. */
export function isAsPromised({ violations, recoveryMs }: KeptResult): boolean {
  return violations.length === 0 && recoveryMs.every((ms) => ms <= TARGET_RECOVERY_MS);
}

function recoveryWords(recoveryMs: readonly number[]): string {
  const median = quantile(recoveryMs, 0.5);
  return median === null ? "–" : `${Math.round(median)}; ${Math.round(Math.max(...recoveryMs))}`;
}
