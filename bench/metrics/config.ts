import type { Display, Metrics } from "@/protocol";
import { type Given, number, oneOf, text, UsageError, wholeNumber } from "../command.ts";

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
  /** What the viewer's page is like while it is measured; `hidden`: another tab is in front. */
  readonly page: "plain" | "dashboard" | "hidden";
  /** Of the model in the viewer's browser; `null`: as many as that finds best. */
  readonly threads: number | null;
  readonly runs: number;
  /** How long the video alone is measured, before and after each; 0: not. */
  readonly idleS: number;
  /** `null`: this machine's own. */
  readonly network: NetworkSetup | null;
  /** Where the document goes; a path. */
  readonly output: string;
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
  page: "plain",
  threads: null,
  runs: 1,
  idleS: 5,
  network: null,
  output: "metrics.json",
};

export const HELP = `Measures Peerlens from camera to screen and writes metrics.json.

  ./bench/run_bench.sh [flags]        the same as deno task bench

  --duration S               seconds to measure, 3 to 1800 (default: ${DEFAULTS.durationS})
  --mode wasm|server|auto|off  where inference runs (default: ${DEFAULTS.mode}); off: only the video
  --output FILE              where the document goes (default: ${DEFAULTS.output})
  --display live|synced      the viewer's view (default: ${DEFAULTS.display})
  --model ID                 model to run (default: the best one present)
  --profile low|balanced|high  camera profile (default: ${DEFAULTS.profile})
  --video FILE               plays as the camera, over and over: .y4m or .mjpeg, others with
                             ffmpeg (at most 1 GB of frames, such as 72 s of 640x480)
  --size WxH, --fps N        of the camera (default: what the profile asks for)
  --users N                  phones at once, each with a viewer of its own, 1 to 8
  --viewer-cores N           holds each viewer's browser to so many cores, such as 1 or 0.5
  --page plain|dashboard|hidden  the viewer's page while it is measured: with its charts open, or
                             with another tab in front (default: ${DEFAULTS.page})
  --threads N                of the model in the viewer's browser (default: it tries what is best)
  --loss 2%, --delay 40ms    on the phone's way, in both directions each; Linux and root
  --idle S                   measures the video alone for S seconds before and after, to tell what
                             examining adds to its delay; 0: does not (default: ${DEFAULTS.idleS})
  --runs K                   measures K times, 1 to 20: the middle run, and how far they differ

Phones and viewers are Chromium. Without --video the camera shows a person who moves.

  deno task bench compare A.json B.json …   beside each other
  deno task bench list                      what else can be measured
`;

export const FLAGS = {
  duration: number(3, 1800, "s"),
  mode: oneOf("wasm", "server", "auto", "off"),
  display: oneOf("live", "synced"),
  model: text,
  video: text,
  profile: oneOf("low", "balanced", "high"),
  fps: wholeNumber(1, 60),
  size: toSize,
  users: wholeNumber(1, 8),
  "viewer-cores": number(0.1, 64),
  page: oneOf("plain", "dashboard", "hidden"),
  threads: wholeNumber(1, 8),
  loss: toLoss,
  delay: number(0, 2_000, "ms"),
  runs: wholeNumber(1, 20),
  idle: number(0, 60, "s"),
  output: text,
};

/** What was given and, for the rest, {@linkcode DEFAULTS}. */
export function configOf(given: Given<typeof FLAGS>): MetricsConfig {
  const { duration, "viewer-cores": viewerCores, loss, delay, idle, ...others } = given;
  const isDefault = loss === undefined && delay === undefined;
  return {
    ...DEFAULTS,
    ...others,
    durationS: duration ?? DEFAULTS.durationS,
    idleS: idle ?? DEFAULTS.idleS,
    viewerCores: viewerCores ?? DEFAULTS.viewerCores,
    network: isDefault ? DEFAULTS.network : { loss: loss ?? 0, delayMs: delay ?? 0 },
  };
}

function toLoss(value: string, flag: string): number {
  if (value.endsWith("%")) return number(0, 50, "%")(value, flag) / 100;
  throw new UsageError(`${flag} takes a share such as 2%: ${value}`);
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
  throw new UsageError(`${flag} takes even sizes from 160x120 to 1920x1080: ${value}`);
}
