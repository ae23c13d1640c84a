import type { TrackedDetection } from "@/vision";
import type { PresentResult } from "../inference/worker_messages.ts";
import { SAME_FRAME_MS } from "../time/video_time.ts";
import type { BoxSource } from "./present_messages.ts";

/** Results kept: what comes in during the longest delay at the highest rate, and some more. */
const MAX_RESULTS = 64;

/** A result, with where its frame is in the video. */
export interface PlacedResult {
  readonly timeMs: number;
  readonly result: PresentResult;
  /** Weak ones too: they are of an object that is known to be there. */
  readonly found: readonly TrackedDetection[];
}

/** Where a frame's boxes came from. */
export interface BoxOrigin {
  readonly boxes: BoxSource;
  /** The result that they are of; `between`: the later one. `null` for `none`. */
  readonly result: PlacedResult | null;
}

/** Whether an id means the same object in both: trackers count from 1, each for itself. */
export function haveCommonIds({ result: a }: PlacedResult, { result: b }: PlacedResult): boolean {
  return a.trackEpoch !== null && a.trackEpoch === b.trackEpoch;
}

/** The last results, by the time of their frames. */
export class ResultBook {
  /** The earliest first. */
  #results: PlacedResult[] = [];

  /** The one of the newest frame. */
  get newest(): PlacedResult | null {
    return this.#results.at(-1) ?? null;
  }

  /** Adds one; answers it as it was put in. */
  add(timeMs: number, result: PresentResult): PlacedResult {
    const found = result.weak.length === 0
      ? result.detections
      : [...result.detections, ...result.weak];
    const placed = { timeMs, result, found };
    // Mostly the last place: results come in the order of their frames.
    const after = this.#results.findLastIndex((other) => other.timeMs <= timeMs);
    this.#results.splice(after + 1, 0, placed);
    if (this.#results.length > MAX_RESULTS) this.#results.shift();
    return placed;
  }

  /** Forgets all. */
  clear(): void {
    this.#results = [];
  }

  /** The result of the frame at this very time. */
  at(timeMs: number): PlacedResult | null {
    return this.#results.findLast((one) => Math.abs(one.timeMs - timeMs) <= SAME_FRAME_MS) ?? null;
  }

  /** The newest result of a frame before this time. */
  before(timeMs: number): PlacedResult | null {
    return this.#results.findLast((one) => one.timeMs < timeMs - SAME_FRAME_MS) ?? null;
  }

  /** The oldest result of a frame after this time. */
  after(timeMs: number): PlacedResult | null {
    return this.#results.find((one) => one.timeMs > timeMs + SAME_FRAME_MS) ?? null;
  }
}
