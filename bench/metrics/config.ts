import type { Display, Metrics } from "@/protocol";
import { splitFlags } from "../flags.ts";

/** What the phone's network is like. Both directions each. */
export interface NetworkSetup {
  /** Share of UDP packets that are lost. */
  readonly loss: number;
  readonly delayMs: number;
}

/** What is measured, complete. */
export interface MetricsConfig {
  readonly durationS: number;
  readonly mode: Metrics["mode"];
  readonly display: Display;
  /** `null`: the app's own choice. */
  readonly model: string | null;
  /** Of the camera; `null`: as the generated clip. */
  readonly video: string | null;
  readonly profile: "low" | "balanced" | "high";
  /** Of the camera; `null`: what the profile asks for. */
  readonly fps: number | null;
  readonly size: { readonly widthPx: number; readonly heightPx: number } | null;
  readonly users: number;
  /** What all processes of a viewer's browser together may take; `null`: as much as they want. */
  readonly viewerCores: number | null;
  readonly runs: number;
  /** `null`: this machine's own. */
  readonly network: NetworkSetup | null;
  /** Where the document goes; a path. */
  readonly output: string;
}

/** A flag that cannot be understood, as a sentence. */
export class MetricsUsageError extends Error {
  override readonly name = "MetricsUsageError";
}

/** Unless told. */
export const DEFAULTS: MetricsConfig = {
  durationS: 30,
  mode: "wasm",
  display: "live",
  model: null,
  video: null,
  profile: "balanced",
  fps: null,
  size: null,
  users: 1,
  viewerCores: null,
  runs: 1,
  network: null,
  output: "metrics.json",
};

export const HELP = `Measures Peerlens from camera to screen and writes metrics.json.

  ./bench/run_bench.sh [flags]        the same as deno task bench

  --duration S               seconds to measure, 3 to 1800 (default: ${DEFAULTS.durationS})
  --mode wasm|server|auto    where inference runs (default: ${DEFAULTS.mode})
  --output FILE              where the document goes (default: ${DEFAULTS.output})
  --display live|synced      the viewer's view (default: ${DEFAULTS.display})
  --model ID                 model to run (default: the best one present)
  --profile low|balanced|high  camera profile (default: ${DEFAULTS.profile})
  --video FILE               plays as the camera, over and over: .y4m or .mjpeg, others with
                             ffmpeg (at most 1 GB of frames, such as 72 s of 640x480)
  --size WxH, --fps N        of the camera (default: what the profile asks for)
  --users N                  phones at once, each with a viewer of its own, 1 to 8
  --viewer-cores N           holds each viewer's browser to so many cores, such as 1 or 0.5
  --loss 2%, --delay 40ms    on the phone's way, in both directions each; Linux and root
  --runs K                   measures K times, 1 to 20: the middle run, and how far they differ

Phones and viewers are Chromium. Without --video the camera shows a person who moves.

  deno task bench compare A.json B.json …   tables and a page with charts
  deno task bench list                      what else can be measured
`;

type Read = (value: string, flag: string) => Partial<MetricsConfig>;

const READERS: Readonly<Record<string, Read>> = {
  "--duration": (value, flag) => ({ durationS: toNumber(flag, value.replace(/s$/, ""), 3, 1800) }),
  "--mode": (value, flag) => ({ mode: toOneOf(flag, value, ["wasm", "server", "auto"]) }),
  "--display": (value, flag) => ({ display: toOneOf(flag, value, ["live", "synced"]) }),
  "--model": (model) => ({ model }),
  "--video": (video) => ({ video }),
  "--profile": (value, flag) => ({ profile: toOneOf(flag, value, ["low", "balanced", "high"]) }),
  "--fps": (value, flag) => ({ fps: toCount(flag, value, 60) }),
  "--size": (value, flag) => ({ size: toSize(flag, value) }),
  "--users": (value, flag) => ({ users: toCount(flag, value, 8) }),
  "--viewer-cores": (value, flag) => ({ viewerCores: toNumber(flag, value, 0.1, 64) }),
  "--runs": (value, flag) => ({ runs: toCount(flag, value, 20) }),
  "--output": (output) => ({ output }),
};

/**
 * Reads the command line, `--name value` and `--name=value`; `null` when help is asked for.
 * @throws {MetricsUsageError} Naming the flag.
 */
export function parseMetricsArgs(args: readonly string[]): MetricsConfig | null {
  let config = DEFAULTS;
  const rest = splitFlags(args);
  while (rest.length > 0) {
    const flag = rest.shift()!;
    if (flag === "--help" || flag === "-h") return null;
    const isNetwork = flag === "--loss" || flag === "--delay";
    const read = READERS[flag];
    if (read === undefined && !isNetwork) {
      throw new MetricsUsageError(`Cannot understand ${flag}`);
    }
    const value = rest.shift();
    if (value === undefined || value === "") throw new MetricsUsageError(`${flag} needs a value`);
    config = { ...config, ...read?.(value, flag) };
    if (isNetwork) config = { ...config, network: withNetwork(config.network, flag, value) };
  }
  return config;
}

function withNetwork(before: NetworkSetup | null, flag: string, value: string): NetworkSetup {
  const network = before ?? { loss: 0, delayMs: 0 };
  if (flag === "--delay") {
    return { ...network, delayMs: toNumber(flag, value.replace(/ms$/, ""), 0, 2_000) };
  }
  if (!value.endsWith("%")) {
    throw new MetricsUsageError(`${flag} takes a share such as 2%: ${value}`);
  }
  return { ...network, loss: toNumber(flag, value.slice(0, -1), 0, 50) / 100 };
}

function toNumber(flag: string, value: string, min: number, max: number): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
  if (number >= min && number <= max) return number;
  throw new MetricsUsageError(`${flag} takes numbers from ${min} to ${max}: ${value}`);
}

function toCount(flag: string, value: string, max: number): number {
  const count = toNumber(flag, value, 1, max);
  if (Number.isInteger(count)) return count;
  throw new MetricsUsageError(`${flag} takes whole numbers: ${value}`);
}

function toOneOf<T extends string>(flag: string, value: string, known: readonly T[]): T {
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  throw new MetricsUsageError(`${flag} is one of ${known.join(", ")}: ${value}`);
}

function toSize(flag: string, value: string): NonNullable<MetricsConfig["size"]> {
  const [, width = "", height = ""] = /^(\d+)x(\d+)$/.exec(value) ?? [];
  const widthPx = Number(width);
  const heightPx = Number(height);
  // The chroma of a clip has half the size.
  const isEven = widthPx % 2 === 0 && heightPx % 2 === 0;
  if (isEven && widthPx >= 160 && heightPx >= 120 && widthPx <= 1920 && heightPx <= 1080) {
    return { widthPx, heightPx };
  }
  throw new MetricsUsageError(`${flag} takes even sizes from 160x120 to 1920x1080: ${value}`);
}
