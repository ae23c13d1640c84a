import type { Detection, TrackedFrame, Tracker } from "@/vision";
import { VideoTime } from "../time/video_time.ts";
import type { FrameResult } from "./worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";

/** What was found on a frame. */
export interface FoundFrame {
  readonly key: FrameKey | null;
  /** Ms since the epoch. */
  readonly receivedAtMs: number;
  readonly detections: readonly Detection[];
  readonly scoreThreshold: number;
}

/** Follows the objects of one source after another. */
export class ObjectFollower {
  readonly #tracker: Pick<Tracker, "update" | "reset">;
  #time = new VideoTime();
  #epoch: number;
  #sinceMs: number;
  #scoreThreshold = 0;

  /** @param nowMs Ms since the epoch; of that clock are all times here. */
  constructor(tracker: Pick<Tracker, "update" | "reset">, nowMs: number) {
    this.#tracker = tracker;
    this.#epoch = Math.round(nowMs);
    this.#sinceMs = nowMs;
  }

  /** Frames received from now on are of another source. */
  begin(nowMs: number): void {
    this.#time = new VideoTime();
    this.#sinceMs = nowMs;
    this.#beginObjects(nowMs);
  }

  /** Takes in the frames one after another. One of a source that was left is left as it is. */
  follow(
    { key, receivedAtMs, detections, scoreThreshold }: FoundFrame,
  ): Pick<FrameResult, "detections" | "weak" | "trackEpoch"> {
    if (receivedAtMs < this.#sinceMs) {
      return { ...withoutTracks(detections, scoreThreshold), trackEpoch: null };
    }
    let place = this.#time.add(key, receivedAtMs);
    if (place.isJump) {
      this.begin(receivedAtMs);
      place = this.#time.add(key, receivedAtMs);
    }
    // Known objects are found again with lower scores: those that the last threshold let in would stay.
    if (scoreThreshold > this.#scoreThreshold) this.#beginObjects(receivedAtMs);
    this.#scoreThreshold = scoreThreshold;
    const { timeMs } = place;
    const tracked = this.#tracker.update(detections, { timeMs, scoreThreshold });
    return { ...tracked, trackEpoch: this.#epoch };
  }

  #beginObjects(nowMs: number): void {
    this.#tracker.reset();
    this.#epoch = Math.max(this.#epoch + 1, Math.round(nowMs));
  }
}

function withoutTracks(detections: readonly Detection[], scoreThreshold: number): TrackedFrame {
  // As the core compares them.
  const strong = detections.filter(({ score }) => score >= Math.fround(scoreThreshold));
  return {
    detections: strong.map((found) => ({ ...found, trackId: null, velocity: null })),
    weak: [],
  };
}
