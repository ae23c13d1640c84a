import { oneOf, text, wholeNumber } from "../command.ts";
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

export const FLAGS = {
  output: text,
  seconds: wholeNumber(MIN_S, MAX_S, "s"),
  mode: oneOf("wasm", "server", "both"),
  video: text,
  model: text,
  scheme: oneOf("light", "dark"),
};
