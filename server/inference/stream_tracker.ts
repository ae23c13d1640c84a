import type { Detection, TrackedDetection, TrackedFrame, Tracker } from "@/vision";
import { FrameTimeline, type FrameTimes } from "./frame_timeline.ts";
import { type CompleteFrame, isNewer } from "./intake.ts";

/** What a stream needs of a `Tracker`. */
export type ObjectTracker = Pick<Tracker, "update" | "reset" | "free">;

/** What was found on a frame, and what it was found with. */
export interface FoundFrame {
  readonly frame: FrameTimes & Pick<CompleteFrame, "frameId" | "source">;
  readonly detections: readonly Detection[];
  readonly modelId: string;
  readonly scoreThreshold: number;
}

/** A frame's detections with what is known of their objects. */
export interface FollowedFrame extends TrackedFrame {
  /** Names the sequence that the track ids count in; another number: ids begin anew. */
  readonly trackEpoch: number;
}

/** Follows the objects of one stream from frame to frame. */
export class StreamTracker {
  readonly #tracker: ObjectTracker;
  readonly #timeline = new FrameTimeline();
  #modelId: string | null = null;
  #source: number | null = null;
  #scoreThreshold = 0;
  #epoch = 0;
  #lastId: number | null = null;

  /** @param tracker Freed with this. */
  constructor(tracker: ObjectTracker) {
    this.#tracker = tracker;
  }

  /** Takes in the frames one after another. One that comes too late for that is left as it is. */
  follow({ frame, detections, modelId, scoreThreshold }: FoundFrame): FollowedFrame {
    if (this.#lastId !== null && !isNewer(frame.frameId, this.#lastId)) {
      const strong = detections.filter(({ score }) => score >= Math.fround(scoreThreshold));
      return { detections: strong.map(alone), weak: [], trackEpoch: this.#epoch };
    }
    this.#lastId = frame.frameId;
    const isOther = modelId !== this.#modelId || frame.source !== this.#source;
    // Known objects are found again with lower scores: those that the last threshold let in would stay.
    if (isOther || scoreThreshold > this.#scoreThreshold) this.#begin(frame.receiveTimeMs);
    this.#modelId = modelId;
    this.#source = frame.source;
    this.#scoreThreshold = scoreThreshold;
    const timeMs = this.#timeline.add(frame);
    const tracked = this.#tracker.update(detections, { timeMs, scoreThreshold });
    return { ...tracked, trackEpoch: this.#epoch };
  }

  /** Gives its memory back; it is of no use afterwards. */
  free(): void {
    this.#tracker.free();
  }

  /** Another camera sees other objects, and another model other boxes of the same one. */
  #begin(nowMs: number): void {
    this.#epoch = Math.max(this.#epoch + 1, Math.round(nowMs));
    this.#tracker.reset();
  }
}

/** A detection of which nothing is known but itself. */
export function alone(detection: Detection): TrackedDetection {
  return { ...detection, trackId: null, velocity: null };
}
