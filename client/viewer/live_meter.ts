import type { FrameResult } from "../inference/worker_messages.ts";
import type { LiveFigures } from "../ui/figures.tsx";
import { SlidingWindow } from "./sliding_window.ts";

/** Live figures look this far back. */
const WINDOW_MS = 2000;

/** Gathers the live figures. Times are ms on one monotonic clock. */
export class LiveMeter {
  readonly #shown = new SlidingWindow(WINDOW_MS);
  readonly #runs = new SlidingWindow(WINDOW_MS);
  readonly #boxAges = new SlidingWindow(WINDOW_MS);
  readonly #roundTrips = new SlidingWindow(WINDOW_MS);
  readonly #networks = new SlidingWindow(WINDOW_MS);
  readonly #servers = new SlidingWindow(WINDOW_MS);
  #presentedFrames: number | null = null;

  /** The video shows another frame. */
  addShown(nowMs: number, presentedFrames: number): void {
    // The element counts frames itself, so those whose callback came too late are not missed.
    const since = this.#presentedFrames === null ? 1 : presentedFrames - this.#presentedFrames;
    this.#presentedFrames = presentedFrames;
    this.#shown.add(nowMs, Math.max(1, since));
  }

  /** A shown frame got boxes whose frame is this much earlier. */
  addPainted(nowMs: number, ageMs: number): void {
    this.#boxAges.add(nowMs, ageMs);
  }

  /** A frame was processed. */
  addResult(nowMs: number, { stages, remote }: FrameResult): void {
    this.#runs.add(nowMs, stages.run);
    if (remote === undefined) return;
    this.#roundTrips.add(nowMs, remote.roundTripMs);
    this.#servers.add(nowMs, remote.serverMs);
    this.#networks.add(nowMs, remote.roundTripMs - remote.serverMs);
  }

  /** The figures of the last moments. */
  figures(nowMs: number): LiveFigures {
    return {
      cameraFps: this.#shown.sumPerSecond(nowMs),
      processedFps: this.#runs.countPerSecond(nowMs),
      inferenceMs: this.#runs.median(nowMs),
      boxAgeMs: this.#boxAges.median(nowMs),
      roundTripMs: this.#roundTrips.median(nowMs),
      networkMs: this.#networks.median(nowMs),
      serverMs: this.#servers.median(nowMs),
    };
  }

  /** Another model, or none: what was measured of results is over. */
  clearResults(): void {
    const windows = [this.#runs, this.#boxAges, this.#roundTrips, this.#networks, this.#servers];
    for (const window of windows) window.clear();
  }

  /** Another source: everything is over. */
  clear(): void {
    this.#presentedFrames = null;
    this.#shown.clear();
    this.clearResults();
  }
}
