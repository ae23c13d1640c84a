import type { CaptureClock, Metrics } from "@/protocol";
import { scriptOf } from "../browser.ts";
import { quantile } from "../../client/base/quantiles.ts";
import { readPageClock, toPageMs } from "../page_clock.ts";
import { exportMetrics, resetMetrics } from "../people.ts";
import type { OverlayScene } from "./overlay_scene.ts";
import { screenLatencies } from "./sightings.ts";

/** The same latencies as the app measures them, and as they are read from the screen. */
export interface LatencyComparison {
  readonly metrics: Metrics;
  /** Of the frames that both know: medians, ms. */
  readonly appMedianMs: number | null;
  readonly screenMedianMs: number | null;
  /** What makes the difference: medians of how much later the app has the same two moments, ms. */
  readonly captureLateMs: number | null;
  readonly displayLateMs: number | null;
  /** Frames that both know, and those of the app that were not seen on the screen at their time. */
  readonly paired: number;
  readonly unpaired: number;
  /** How far the phone's clock was ahead of this machine's. */
  readonly phoneAheadMs: number;
}

/** Screens of test machines have 60 Hz. */
export const DISPLAY_INTERVAL_MS = 1000 / 60;

/** The app and the screen mean the same frame: cameras of 15 fps draw them twice as far apart. */
const SAME_FRAME_MS = 30;

/** Watches a synced view of a canvas camera with controls, and asks the app about the same time. */
export async function compareLatency(
  { viewer, phone, watch }: OverlayScene,
  durationMs: number,
): Promise<LatencyComparison> {
  await resetMetrics(viewer.page);
  const before = await readPageClock(phone.page);
  const sightings = await watch(durationMs);
  const after = await readPageClock(phone.page);
  const metrics = await exportMetrics(viewer.page);
  const ofScreen = screenLatencies(sightings, (ourMs) => toPageMs(ourMs, [before, after]));
  const fromMs = ofScreen[0]?.swapMs ?? Infinity;
  const untilMs = ofScreen.at(-1)?.swapMs ?? -Infinity;
  const samples = metrics.samples
    .filter(({ display_ts: shownMs }) => shownMs >= fromMs && shownMs <= untilMs)
    .filter(({ boxes }) => boxes === "own");
  const pairs = samples.flatMap((sample) => {
    const seen = ofScreen.find(({ swapMs, latencyMs }) =>
      Math.abs(swapMs - latencyMs - sample.capture_ts) <= SAME_FRAME_MS
    );
    if (seen === undefined || sample.latency_ms === null) return [];
    const drawnMs = seen.swapMs - seen.latencyMs;
    return [{
      appMs: sample.latency_ms,
      screenMs: seen.latencyMs,
      captureLateMs: sample.capture_ts - drawnMs,
      displayLateMs: sample.display_ts - seen.swapMs,
    }];
  });
  const median = (key: keyof typeof pairs[0]) => quantile(pairs.map((pair) => pair[key]), 0.5);
  return {
    metrics,
    appMedianMs: median("appMs"),
    screenMedianMs: median("screenMs"),
    captureLateMs: median("captureLateMs"),
    displayLateMs: median("displayLateMs"),
    paired: pairs.length,
    unpaired: samples.length - pairs.length,
    phoneAheadMs: before.pageMs - before.ourMs,
  };
}

/** Browsers say capture times after some seconds of video, and phones are asked for theirs later. */
const CLOCK_MS = 30_000;

/** Waits until the app knows capture times by this clock. @throws {Error} If that does not come. */
export async function waitForCaptureClock(
  { viewer: { page } }: OverlayScene,
  clock: CaptureClock,
): Promise<void> {
  const deadline = performance.now() + CLOCK_MS;
  let last: CaptureClock | null = null;
  while (last !== clock) {
    if (performance.now() > deadline) throw new Error(`Cannot see clock ${clock}: it is ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    last = (await exportMetrics(page)).capture_clock;
  }
}

/** Takes away what the browser itself knows of capture times, as most browsers know nothing. */
export function withoutCaptureTime(): { content: string } {
  return scriptOf(() => {
    const { requestVideoFrameCallback } = HTMLVideoElement.prototype;
    HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
      return requestVideoFrameCallback.call(this, (nowMs, { captureTime: _, ...metadata }) => {
        callback(nowMs, metadata);
      });
    };
  }, null);
}
