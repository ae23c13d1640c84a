import { splitFlags } from "../flags.ts";
import type { DemoMode } from "./script.ts";

/** What is recorded, complete. */
export interface DemoConfig {
  /** Where the video goes; a path. */
  readonly output: string;
  readonly seconds: number;
  readonly mode: DemoMode;
  /** Of the camera; `null`: the pictures of models/pictures. */
  readonly video: string | null;
  /** `null`: the app's own choice. */
  readonly model: string | null;
  readonly scheme: "light" | "dark";
}

/** A flag that cannot be understood, as a sentence. */
export class DemoUsageError extends Error {
  override readonly name = "DemoUsageError";
}

/** Unless told. */
export const DEFAULTS: DemoConfig = {
  output: "demo.webm",
  seconds: 60,
  mode: "both",
  video: null,
  model: null,
  scheme: "light",
};

const MIN_S = 10;
const MAX_S = 300;

export const HELP =
  `Records a video of Peerlens at work: phone and viewer side by side, with captions.

  deno task demo-video [flags]

  --output FILE            where the video goes, WebM; captions beside it as .vtt
                           (default: ./${DEFAULTS.output})
  --seconds N              its length, ${MIN_S} to ${MAX_S} (default: ${DEFAULTS.seconds})
  --mode wasm|server|both  where detection runs; both: first in the browser, then on the server
                           (default: ${DEFAULTS.mode})
  --video FILE             plays as the phone's camera, over and over; the first 10 s of it
  --model ID               model to run (default: the best one present)
  --scheme light|dark      colours (default: ${DEFAULTS.scheme})

It starts the built app on free ports, opens its real pages in two Chromium browsers, a phone of 390×844
and a viewer of 1440×900, and records what they show. Needs Chromium and ffmpeg. Without --video the
camera shows two people, a cat and a cup.
`;

type Read = (value: string, flag: string) => Partial<DemoConfig>;

const READERS: Readonly<Record<string, Read>> = {
  "--output": (output) => ({ output }),
  "--seconds": (value, flag) => ({ seconds: toSeconds(flag, value) }),
  "--mode": (value, flag) => ({ mode: toOneOf(flag, value, ["wasm", "server", "both"]) }),
  "--video": (video) => ({ video }),
  "--model": (model) => ({ model }),
  "--scheme": (value, flag) => ({ scheme: toOneOf(flag, value, ["light", "dark"]) }),
};

/**
 * Reads the command line, `--name value` and `--name=value`; `null` when help is asked for.
 * @throws {DemoUsageError} Naming the flag.
 */
export function parseDemoArgs(args: readonly string[]): DemoConfig | null {
  let config = DEFAULTS;
  const rest = splitFlags(args);
  while (rest.length > 0) {
    const flag = rest.shift()!;
    if (flag === "--help" || flag === "-h") return null;
    const read = Object.hasOwn(READERS, flag) ? READERS[flag] : undefined;
    if (read === undefined) throw new DemoUsageError(`Cannot understand ${flag}`);
    const value = rest.shift();
    if (value === undefined || value === "") throw new DemoUsageError(`${flag} needs a value`);
    config = { ...config, ...read(value, flag) };
  }
  return config;
}

function toSeconds(flag: string, value: string): number {
  const seconds = /^\d+s?$/.test(value) ? parseInt(value) : NaN;
  if (seconds >= MIN_S && seconds <= MAX_S) return seconds;
  throw new DemoUsageError(`${flag} takes whole numbers from ${MIN_S} to ${MAX_S}: ${value}`);
}

function toOneOf<T extends string>(flag: string, value: string, known: readonly T[]): T {
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  throw new DemoUsageError(`${flag} is one of ${known.join(", ")}: ${value}`);
}
