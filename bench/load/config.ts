import { splitFlags } from "../flags.ts";

/** What the load bench is asked for, complete. */
export interface LoadConfig {
  /** How long each scenario is measured. */
  readonly seconds: number;
  /** Numbers of streams, one after the other. */
  readonly streams: readonly number[];
  /** Where the figures go; a path. */
  readonly output: string;
  /**
   * Ids of models: the first for all scenarios, the others at saturation only. None: the app's own
   * choice.
   */
  readonly models: readonly string[];
}

/** A flag that cannot be understood, as a sentence. */
export class LoadUsageError extends Error {
  override readonly name = "LoadUsageError";
}

/** Frames a second that a stream offers where it goes by a clock: the low profile's rate. */
export const OFFERED_FPS = 15;

/** More streams than the app lets in by default. */
const MAX_STREAMS = 32;

const DEFAULTS = { seconds: 5, streams: [1, 2, 4, 8, 16], models: [] } as const;

export const HELP = `Puts load on server mode and writes the figures as JSON.

  deno task bench load [--seconds ${DEFAULTS.seconds}] [--streams ${DEFAULTS.streams.join(",")}]
                       [--model ID,…] [--output FILE]

  --seconds N     how long each scenario is measured, 1 to 60
  --streams LIST  numbers of streams, each 1 to ${MAX_STREAMS}
  --model LIST    model to run, otherwise the app's own choice; more of them: at saturation only
  --output FILE   where the figures go; otherwise bench/results/load.json

Each number of streams is measured twice: at ${OFFERED_FPS} frames a second each, and with as many as the
window lets through. Then the app at saturation takes turns with onnxruntime alone. Frames are made
from two of the pictures in models/pictures.
`;

/**
 * Reads the command line; `null` when help is asked for. `--name value` and `--name=value`.
 * @param output Where figures go unless told.
 * @throws {LoadUsageError} Naming the flag.
 */
export function parseLoadArgs(args: readonly string[], output: string): LoadConfig | null {
  let config: LoadConfig = { ...DEFAULTS, output };
  const rest = splitFlags(args);
  while (rest.length > 0) {
    const flag = rest.shift()!;
    if (flag === "--help") return null;
    if (!["--seconds", "--streams", "--model", "--output"].includes(flag)) {
      throw new LoadUsageError(`Cannot understand ${flag}`);
    }
    const value = rest.shift();
    if (value === undefined || value === "") throw new LoadUsageError(`${flag} needs a value`);
    if (flag === "--seconds") config = { ...config, seconds: toCount(flag, value, 60) };
    else if (flag === "--model") config = { ...config, models: value.split(",") };
    else if (flag === "--output") config = { ...config, output: value };
    else {
      const streams = value.split(",").map((count) => toCount(flag, count, MAX_STREAMS));
      config = { ...config, streams };
    }
  }
  return config;
}

function toCount(flag: string, value: string, max: number): number {
  const count = /^\d{1,4}$/.test(value) ? Number(value) : NaN;
  if (count >= 1 && count <= max) return count;
  throw new LoadUsageError(`${flag} takes whole numbers from 1 to ${max}: ${value}`);
}
