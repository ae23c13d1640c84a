import { splitFlags } from "../flags.ts";

/** What is to be measured, complete. */
export interface ModelsConfig {
  /** Ids of models; empty: all that are here. */
  readonly ids: readonly string[];
  /** Only so many pictures, from the first on; `null`: all. */
  readonly pictures: number | null;
  /** Rounds of timing. */
  readonly rounds: number;
}

/** An argument that cannot be understood, as a sentence. */
export class ModelsUsageError extends Error {
  override readonly name = "ModelsUsageError";
}

/** Threads of one run, natively and in the browser. */
export const THREADS = 2;

/** The model that times are given as shares of. */
export const REFERENCE = "yolox-nano";

const DEFAULTS: ModelsConfig = { ids: [], pictures: null, rounds: 20 };

export const HELP = `Measures models beside each other, and writes bench/results/models.json.

  deno task bench models [ID…] [--pictures N] [--rounds ${DEFAULTS.rounds}]

  ID…            only these of the models that \`deno task models list\` has as present; then no file
                 is written
  --pictures N   only the first N pictures; then no file is written
  --rounds N     rounds of timing

Accuracy: average precision on eval/coco128 of PEERLENS_ASSETS. Time: one run with ${THREADS} threads, natively and
in Chromium (WASM). In each round every model has its turn in both, so that all see the same machine;
the medians are given, and each round's share of ${REFERENCE} in that round, if that is here.
PEERLENS_MODELS names more folders with model files.
`;

/**
 * Reads the command line; `null` when help is asked for.
 * @throws {ModelsUsageError} Naming the argument.
 */
export function parseModelsArgs(args: readonly string[]): ModelsConfig | null {
  let config = DEFAULTS;
  const rest = splitFlags(args);
  while (rest.length > 0) {
    const arg = rest.shift()!;
    if (arg === "--help") return null;
    if (!arg.startsWith("-")) {
      config = { ...config, ids: [...new Set([...config.ids, arg])] };
      continue;
    }
    if (arg !== "--pictures" && arg !== "--rounds") {
      throw new ModelsUsageError(`Cannot understand ${arg}`);
    }
    const value = rest.shift() ?? "";
    if (!/^[1-9]\d{0,4}$/.test(value)) {
      throw new ModelsUsageError(`${arg} takes a whole number from 1 on: ${value}`);
    }
    config = { ...config, [arg.slice(2)]: Number(value) };
  }
  return config;
}
