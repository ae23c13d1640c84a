import type { CaptureClock, MetricsSample } from "@/protocol";
import type { FrameResult } from "../inference/worker_messages.ts";
import type { PresentCounts, ShownFrame } from "../present/present_messages.ts";
import type { CaptureOf } from "./sample_log.ts";
import { SlidingWindow } from "./sliding_window.ts";

/** Live figures: medians of the last moments; `null` where nothing was measured yet. */
export interface LiveFigures {
  readonly cameraFps: number | null;
  readonly processedFps: number | null;
  /** From the phone's camera to the presented overlay, ms; with `receiveTime` from the viewer on. */
  readonly latencyMs: number | null;
  /** From the camera to the presented picture, ms, whatever is found in it; `null` with `receiveTime`, too. */
  readonly videoDelayMs: number | null;
  /** What the latency counts from. */
  readonly captureClock: CaptureClock | null;
  /** The latency is at most this wrong, ms. */
  readonly clockErrorMs: number | null;
  /** What the synced view adds to each frame's own delay, ms; 0 in the live one. */
  readonly delayMs: number | null;
  /** The model's own time, ms. */
  readonly inferenceMs: number | null;
  /** How much earlier than the frame on screen the boxes' frame is, ms. */
  readonly boxAgeMs: number | null;
  /** From sending a frame to the server until its result was here, ms. */
  readonly roundTripMs: number | null;
  /** Of that: on the way there and back. */
  readonly networkMs: number | null;
  /** Of that: on the server, from the frame's last byte to its detections. */
  readonly serverMs: number | null;
}

/** Live figures look this far back. */
const WINDOW_MS = 2000;

/** Gathers the live figures. Times are ms on one monotonic clock. */
export class LiveMeter {
  readonly #captureOf: CaptureOf;
  readonly #camera = new SlidingWindow(WINDOW_MS);
  readonly #videoDelays = new SlidingWindow(WINDOW_MS);
  readonly #runs = new SlidingWindow(WINDOW_MS);
  readonly #boxAges = new SlidingWindow(WINDOW_MS);
  readonly #latencies = new SlidingWindow(WINDOW_MS);
  readonly #errors = new SlidingWindow(WINDOW_MS);
  readonly #delays = new SlidingWindow(WINDOW_MS);
  readonly #roundTrips = new SlidingWindow(WINDOW_MS);
  readonly #networks = new SlidingWindow(WINDOW_MS);
  readonly #servers = new SlidingWindow(WINDOW_MS);
  #received: number | null = null;
  #clock: CaptureClock | null = null;

  /** @param captureOf When a frame was captured. */
  constructor(captureOf: CaptureOf) {
    this.#captureOf = captureOf;
  }

  /** Frames were presented. */
  addShown(
    nowMs: number,
    frames: readonly ShownFrame[],
    { received }: Pick<PresentCounts, "received">,
    delayMs: number,
  ): void {
    // Of another presenter the count began anew; its first one says nothing of a rate.
    const isKnown = this.#received !== null && received >= this.#received;
    this.#camera.add(nowMs, isKnown ? received - this.#received! : 0);
    this.#received = received;
    this.#delays.add(nowMs, delayMs);
    for (const { isFirst, ageMs, key, receivedAtMs, displayedAtMs } of frames) {
      if (!isFirst) continue;
      if (ageMs !== null) this.#boxAges.add(nowMs, ageMs);
      const { timeMs, clock } = this.#captureOf(key, receivedAtMs);
      if (clock !== "receiveTime") this.#videoDelays.add(nowMs, displayedAtMs - timeMs);
    }
  }

  /** Results were displayed for the first time. */
  addSamples(nowMs: number, samples: readonly MetricsSample[]): void {
    for (const sample of samples) {
      const { capture_clock: clock, latency_ms: latencyMs, clock_error_ms: errorMs } = sample;
      // Another clock measures something else.
      if (clock !== this.#clock) this.#clearLatency();
      this.#clock = clock;
      this.#latencies.add(nowMs, latencyMs ?? sample.display_ts - sample.received_ts);
      if (errorMs !== null) this.#errors.add(nowMs, errorMs);
    }
  }

  /** A frame was processed. */
  addResult(nowMs: number, { stages, remote }: FrameResult): void {
    if (stages.run !== undefined) this.#runs.add(nowMs, stages.run);
    if (remote === undefined) return;
    this.#servers.add(nowMs, remote.serverMs);
    if (remote.roundTripMs === null) return;
    this.#roundTrips.add(nowMs, remote.roundTripMs);
    this.#networks.add(nowMs, remote.roundTripMs - remote.serverMs);
  }

  /** The figures of the last moments. */
  figures(nowMs: number): LiveFigures {
    const latencyMs = notBelowZero(this.#latencies.median(nowMs));
    return {
      cameraFps: this.#camera.sumPerSecond(nowMs),
      processedFps: this.#runs.countPerSecond(nowMs),
      latencyMs,
      videoDelayMs: notBelowZero(this.#videoDelays.median(nowMs)),
      captureClock: latencyMs === null ? null : this.#clock,
      clockErrorMs: this.#errors.median(nowMs),
      delayMs: this.#delays.median(nowMs),
      inferenceMs: this.#runs.median(nowMs),
      boxAgeMs: this.#boxAges.median(nowMs),
      roundTripMs: this.#roundTrips.median(nowMs),
      networkMs: notBelowZero(this.#networks.median(nowMs)),
      serverMs: this.#servers.median(nowMs),
    };
  }

  /** Another model, or none: what was measured of results is over. */
  clearResults(): void {
    const windows = [this.#runs, this.#boxAges, this.#roundTrips, this.#networks, this.#servers];
    for (const window of windows) window.clear();
    this.#clearLatency();
  }

  /** Another source: everything is over. */
  clear(): void {
    this.#received = null;
    this.#camera.clear();
    this.#videoDelays.clear();
    this.#delays.clear();
    this.clearResults();
  }

  #clearLatency(): void {
    this.#latencies.clear();
    this.#errors.clear();
  }
}

/** Clocks differ by up to their bound: what seems to have come before it was sent took no time. */
function notBelowZero(ms: number | null): number | null {
  return ms === null ? null : Math.max(0, ms);
}
