/** The limits table of the security policy, for tests that hold the code to it. */

const POLICY_URL = new URL("../../../.github/SECURITY.md", import.meta.url);

/** The whole policy. */
export const POLICY = Deno.readTextFileSync(POLICY_URL);

/** One bound, cell by cell. */
export interface LimitRow {
  readonly what: string;
  readonly amount: string;
  readonly variable: string;
  readonly held: string;
  /** What the other side is told. */
  readonly refusal: string;
  /** Metrics with the labels that count it. */
  readonly metrics: string;
}

/** Every bound, in order. */
export function limitRows(): LimitRow[] {
  const [, table = ""] = POLICY.split("\n## Limits\n");
  return table.split("\n").filter((line) => line.startsWith("| ")).slice(1)
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()))
    .map(([what, amount, variable, held, refusal, metrics]) => ({
      what: what!,
      amount: amount!,
      variable: variable!.replaceAll("`", ""),
      held: held!,
      refusal: refusal!,
      metrics: metrics!,
    }));
}
