import { machineFacts } from "../machine.ts";
import { toJson, writeWhole } from "../result_file.ts";
import type { FaultCase, FaultResult } from "./fault_case.ts";
import { quantile } from "../../client/base/quantiles.ts";

/** A result as it is kept. */
export interface KeptResult extends FaultResult {
  readonly title: string;
  readonly "measured_at": string;
  readonly "took_s": number;
}

/** All that `bench/results/faults.json` holds. */
export interface FaultResults {
  readonly schema: 1;
  readonly command: string;
  readonly machine: unknown;
  readonly "target_recovery_ms": number;
  readonly cases: Readonly<Record<string, KeptResult>>;
}

/** Phone or viewer are to be back so soon after a cause has ended. */
export const TARGET_RECOVERY_MS = 3_000;

/** Results so far, so that a run that was broken off can go on. */
export class ResultFile {
  readonly #url: URL;
  #cases: Record<string, KeptResult> = {};

  constructor(url: URL) {
    this.#url = url;
  }

  /** Reads what there is; a file that is not there is an empty one. */
  async load(): Promise<void> {
    try {
      this.#cases = { ...(JSON.parse(await Deno.readTextFile(this.#url)) as FaultResults).cases };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#cases, name);
  }

  get cases(): Readonly<Record<string, KeptResult>> {
    return this.#cases;
  }

  /** Adds a result and writes the file, all of it or nothing; cases are in the order of `all`. */
  async add(
    { name, title }: FaultCase,
    result: FaultResult,
    tookS: number,
    all: readonly FaultCase[],
  ): Promise<void> {
    const kept = { title, ...result, "measured_at": new Date().toISOString(), "took_s": tookS };
    const cases: Record<string, KeptResult> = { ...this.#cases, [name]: kept };
    this.#cases = Object.fromEntries(
      all.flatMap((other) => cases[other.name] ? [[other.name, cases[other.name]!]] : []),
    );
    const document: FaultResults = {
      schema: 1,
      command: "deno task bench faults",
      machine: machineFacts(),
      "target_recovery_ms": TARGET_RECOVERY_MS,
      cases: this.#cases,
    };
    await writeWhole(this.#url.pathname, toJson(document));
  }
}

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
