import { splitFlags } from "../flags.ts";

/** What the quality bench is asked for, complete. */
export interface QualityConfig {
  /** Ids of models in `models/manifest.json`. */
  readonly models: readonly string[];
  /** Only so many pictures, from the first on; `null`: all. */
  readonly pictures: number | null;
}

/** A flag that cannot be understood, as a sentence. */
export class QualityUsageError extends Error {
  override readonly name = "QualityUsageError";
}

/** 0–1, as `OffscreenCanvas.convertToBlob` takes it: what viewers use, from end to end. */
export const QUALITIES = [0.5, 0.6, 0.7, 0.75, 0.85] as const;

const DEFAULTS: QualityConfig = { models: ["nanodet-m", "yolox-nano"], pictures: null };

export const HELP =
  `Measures what JPEG costs in accuracy on the way to the server, and writes bench/results/jpeg_quality.json.

  deno task bench quality [--models ${DEFAULTS.models.join(",")}] [--pictures N]

  --models LIST   ids that \`deno task models list\` knows
  --pictures N    only the first N pictures; then no file is written

Each picture is scaled to the model's input as the viewer does it and seen by the model once as it is
and once for each quality (${QUALITIES.join(", ")}) as JPEG. PEERLENS_ASSETS names the folder with
eval/coco128; PEERLENS_MODELS names more folders with model files.
`;

/**
 * Reads the command line; `null` when help is asked for. `--name value` and `--name=value`.
 * @throws {QualityUsageError} Naming the flag.
 */
export function parseQualityArgs(args: readonly string[]): QualityConfig | null {
  let config = DEFAULTS;
  const rest = splitFlags(args);
  while (rest.length > 0) {
    const flag = rest.shift()!;
    if (flag === "--help") return null;
    if (flag !== "--models" && flag !== "--pictures") {
      throw new QualityUsageError(`Cannot understand ${flag}`);
    }
    const value = rest.shift();
    if (value === undefined || value === "") throw new QualityUsageError(`${flag} needs a value`);
    if (flag === "--models") {
      config = { ...config, models: [...new Set(value.split(",").filter((id) => id !== ""))] };
    } else if (/^[1-9]\d{0,5}$/.test(value)) config = { ...config, pictures: Number(value) };
    else throw new QualityUsageError(`${flag} takes a whole number from 1 on: ${value}`);
  }
  return config;
}
