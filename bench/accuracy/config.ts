import { splitFlags } from "../flags.ts";

/** What the accuracy bench is asked for, complete. */
export interface AccuracyConfig {
  /** Only so many pictures, from the first on; `null`: all. */
  readonly pictures: number | null;
}

/** A flag that cannot be understood, as a sentence. */
export class AccuracyUsageError extends Error {
  override readonly name = "AccuracyUsageError";
}

export const HELP =
  `Measures what the app itself finds with the embedded model, and writes bench/results/accuracy.json.

  deno task bench accuracy [--pictures N]

  --pictures N   only the first N pictures; then no file is written

The pictures of eval/coco128 (PEERLENS_ASSETS) go through POST /api/detect of a running server and through
the built Worker in Chromium. pycocotools evaluates both, beside an implementation in Python that shares
nothing with them. Needs python3 from 3.11 on; the packages are fetched into .out/python-accuracy.
`;

/**
 * Reads the command line; `null` when help is asked for.
 * @throws {AccuracyUsageError} Naming the flag.
 */
export function parseAccuracyArgs(args: readonly string[]): AccuracyConfig | null {
  let config: AccuracyConfig = { pictures: null };
  const rest = splitFlags(args);
  while (rest.length > 0) {
    const flag = rest.shift()!;
    if (flag === "--help") return null;
    const value = rest.shift() ?? "";
    if (flag !== "--pictures") throw new AccuracyUsageError(`Cannot understand ${flag}`);
    if (!/^[1-9]\d{0,5}$/.test(value)) {
      throw new AccuracyUsageError(`${flag} takes a whole number from 1 on: ${value}`);
    }
    config = { pictures: Number(value) };
  }
  return config;
}
