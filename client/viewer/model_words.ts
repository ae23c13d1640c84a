import { type ModelJob, type ServedModel, sizeCount } from "@/protocol";
import type { Side } from "../inference/detector.ts";
import {
  type ExpectedRate,
  expectedRate,
  type RateConditions,
  type RunTime,
} from "./model_rates.ts";
import { LEAST_FPS, type ModelWish } from "./model_pick.ts";
import type { PickOutcome, TrialView } from "./models_state.ts";

/** Classes of accuracy by AP50-95 on COCO: from here on … */
const GOOD_AP = 0.3;
const BEST_AP = 0.4;

/** What the classes of accuracy are. */
const ACCURACY_WORDS =
  "Accuracy is the publisher's own figure on COCO's 80 everyday classes (AP50-95): below .30 is basic, from .30 good, from .40 best.";

/** By the ratios of native times to those in Chromium, as `bench` measured both. */
const ESTIMATE_WORDS: Readonly<Record<Side, string>> = {
  local: "Estimates compare models by their times in a browser on another computer.",
  server:
    "Estimates compare models by their times in a browser on another computer. On a server they can be off by half.",
};

/** How figures on the sheet are meant. */
export function footnoteWords(side: Side): string {
  return `${ACCURACY_WORDS} ${ESTIMATE_WORDS[side]}`;
}

/** Names of the wishes, and what they mean. @param fps Of the camera. */
export function wishWords(wish: ModelWish, fps: number): { name: string; meaning: string } {
  switch (wish) {
    case "fast":
      return { name: "Fast", meaning: "Picks the fastest." };
    case "balanced":
      return {
        name: "Balanced",
        meaning: `Picks the most accurate that keeps up with ${Math.round(fps)} pictures a second.`,
      };
    case "accurate":
      return {
        name: "Accurate",
        meaning: `Picks the most accurate that gives ${LEAST_FPS} results a second.`,
      };
  }
}

/** How well a model finds things. @param ap AP50-95 on COCO, 0–1; `null`: not published. */
export function accuracyWords(ap: number | null): string {
  if (ap === null) return "accuracy unknown";
  const name = ap < GOOD_AP ? "basic" : ap < BEST_AP ? "good" : "best";
  return `${name} accuracy (AP ${ap.toFixed(3).replace(/^0/, "")})`;
}

/** Size of a file; `null`: not known. */
export function sizeWords(bytes: number | null): string {
  if (bytes === null) return "size unknown";
  return bytes < 100_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A licence as a person reads it. */
export function licenceWords(licence: string): string {
  return licence === "unknown" ? "licence unknown" : licence;
}

/** For what {@linkcode rateWords} hold. */
export interface RateFacts extends RateConditions {
  readonly side: Side;
  /** What it really gives now; `null`: it is not at work. */
  readonly nowFps: number | null;
}

/** The frame rate that is to be expected of a model, and whence that is known. */
export function rateWords(
  run: RunTime | null,
  model: Pick<ServedModel, "input">,
  { side, nowFps, ...conditions }: RateFacts,
): string {
  if (run === null) return "Frame rate unknown until you try it.";
  const rate = expectedRate(run.runMs, model, conditions);
  const where = side === "local" ? "in this browser" : "on the server";
  const whence = run.from === null
    ? `measured ${where}: ${msWords(run.runMs)} a run${atSize(model, model.input)}`
    : `estimated from ${run.from} ${where}: ${msWords(run.runMs)} a run${
      atSize(model, model.input)
    }`;
  const now = nowFps === null ? "" : ` Now: ${fpsWords(nowFps)} a second.`;
  return `About ${fpsWords(rate.fps)} a second${atSize(model, rate.inputPx)}, ${whence}.${now}`;
}

/** What came of a wish, and why. */
export function outcomeWords(
  { wish, pick, fps, side }: PickOutcome,
  titleOf: (id: string) => string,
): string {
  const { name } = wishWords(wish, fps);
  if (pick === null) {
    return `${name} found nothing to pick: no model with an unconditional licence has a known time.`;
  }
  const times = side === "local"
    ? "The times were measured in this browser."
    : "The times are the server's, measured or estimated as described below.";
  return `${name} picked ${titleOf(pick.id)}: ${reasonWords(pick, Math.round(fps))}. ${times}`;
}

function reasonWords(
  { wish, among, fitting }: NonNullable<PickOutcome["pick"]>,
  fps: number,
): string {
  if (wish === "fast") {
    return among === 1
      ? "there is nothing to compare it with"
      : `the fastest of the ${among} compared`;
  }
  const limit = wish === "balanced"
    ? `keeps up with ${fps} a second`
    : `gives ${LEAST_FPS} a second`;
  if (fitting === 0) return `none ${limit}; it comes closest`;
  if (among === 1) return `there is nothing to compare it with, and it ${limit}`;
  if (fitting === 1) return `the only one of the ${among} compared that ${limit}`;
  return `${fitting} of the ${among} compared ${
    limitOfSeveral(wish, fps)
  }, and it is the most accurate of them`;
}

function limitOfSeveral(wish: ModelWish, fps: number): string {
  return wish === "balanced" ? `keep up with ${fps} a second` : `give ${LEAST_FPS} a second`;
}

/** Which models a wish never picks, and why; `null`: there are none. */
export function leftOutWords(
  models: readonly Pick<ServedModel, "title" | "licence">[],
): string | null {
  if (models.length === 0) return null;
  const names = models.map(({ title, licence }) => `${title} (${licenceWords(licence)})`);
  return `Never picked automatically, because the licence has conditions or is unknown: ${
    names.join(", ")
  }. You can choose ${models.length === 1 ? "it" : "them"} by hand.`;
}

/** How far the trying of models is. */
export function trialWords({ title, number, of, state }: TrialView): string {
  const which = of === 1 ? title : `${title} (${number} of ${of})`;
  if (state?.kind === "loading" && state.part !== "warm-up") {
    return `Loading ${which}: ${progressWords(state.loadedBytes, state.totalBytes)}`;
  }
  return state?.kind === "restarting" ? `${which}: trying again …` : `Trying ${which} …`;
}

/** What a change of the models does, or came to. @param title Of the model; the file's name where it has none yet. */
export function jobWords(job: ModelJob, title: string): string {
  const { kind, state, receivedBytes, totalBytes } = job;
  if (state === "waiting" && receivedBytes === null) return `${title} is waiting for its turn`;
  switch (kind) {
    case "pull":
      if (state === "running") {
        return receivedBytes === null
          ? `Downloading ${title} …`
          : `Downloading ${title}: ${progressWords(receivedBytes, totalBytes)}`;
      }
      return state === "done" ? `${title} is here.` : `${title} was not downloaded.`;
    case "add":
      if (state === "waiting") {
        return receivedBytes === totalBytes
          ? `${title} is waiting to be checked …`
          : `Sending ${title}: ${progressWords(receivedBytes!, totalBytes)}`;
      }
      if (state === "running") return `${title} is being checked and tried …`;
      return state === "done" ? `${title} is here.` : `${title} was not added.`;
    case "remove":
      if (state === "running") return `Removing ${title} …`;
      return state === "done" ? `${title} was removed.` : `${title} was not removed.`;
  }
}

function progressWords(bytes: number, totalBytes: number | null): string {
  const done = (bytes / 1e6).toFixed(1);
  return totalBytes === null ? `${done} MB` : `${done} of ${sizeWords(totalBytes)}`;
}

function atSize(
  { input }: Pick<ServedModel, "input">,
  { widthPx, heightPx }: ExpectedRate["inputPx"],
): string {
  return sizeCount(input) > 1 ? ` at ${widthPx}×${heightPx}` : "";
}

function fpsWords(fps: number): string {
  return fps >= 9.5 ? fps.toFixed(0) : fps.toFixed(1);
}

function msWords(ms: number): string {
  return `${ms >= 9.5 ? ms.toFixed(0) : ms.toFixed(1)} ms`;
}
