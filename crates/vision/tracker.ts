// This module is browser compatible.

// @ts-types="./pkg/vision.d.ts"
import * as core from "./pkg/vision.js";
import { DETECTION_VALUES, writeDetection } from "./detection_rows.ts";
import { VisionError, withVisionError } from "./error.ts";
import { CoreMemory } from "./load.ts";
import type { Detection } from "./spec.ts";

/** Most detections of a frame that are looked at. */
const MAX_FOLLOWED = 128;
/** Numbers of one velocity, as the core writes them. */
const VELOCITY_VALUES = 4;
/** Scores below this are noise, whatever the threshold. */
const LOWEST_WEAK_SCORE = 0.1;

/** How detections are told to be of one object. */
export interface TrackerOptions {
  /** Longest that an object goes unseen and keeps its id, ms, up to 10 000. Default: 1000. */
  readonly maxLostMs: number;
  /** Smallest IoU of a detection with where its object should be, 0–1. Default: 0.2. */
  readonly minIou: number;
  /** The same for a weak detection. Default: 0.5. */
  readonly weakMinIou: number;
}

const DEFAULTS: TrackerOptions = { maxLostMs: 1000, minIou: 0.2, weakMinIou: 0.5 };

/** Movement of a box: its centre and its size, in shares of the frame per second, −10 to 10. */
export interface BoxVelocity {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A detection and what is known of its object. */
export interface TrackedDetection extends Detection {
  /** Rises from 1; `null` until the object was seen twice. */
  readonly trackId: number | null;
  /** `null` until it is known. */
  readonly velocity: BoxVelocity | null;
}

/** What {@linkcode Tracker.update} makes of a frame. The objects are copies, the caller's to keep. */
export interface TrackedFrame {
  /** Those with a score of at least the threshold, in the order given. */
  readonly detections: readonly TrackedDetection[];
  /** Weaker ones that continue a known track, in the order given. */
  readonly weak: readonly TrackedDetection[];
}

/** What {@linkcode Tracker.update} must know of a frame. */
export interface TrackedFrameOptions {
  /** When the frame was taken, ms, on any clock that goes steadily. */
  readonly timeMs: number;
  /** Smallest score that counts for itself, 0–1; see {@linkcode weakThreshold}. */
  readonly scoreThreshold: number;
}

/**
 * Follows objects through the frames of one stream: gives them ids and velocities.
 *
 * SORT and ByteTrack's two rounds: a detection below the threshold continues an object that would
 * be lost without it, and does nothing else. An object gets its id when it is seen a second time, and
 * loses it `maxLostMs` after it was last seen; an id is never given twice, up to
 * {@linkcode Tracker.reset}. It holds no clock: frames tell their time, at any rate.
 *
 * @example
 * ```ts ignore
 * const tracker = new Tracker();
 * const found = vision.detect({ scoreThreshold: weakThreshold(scoreThreshold), iouThreshold });
 * const { detections, weak } = tracker.update(found, { timeMs, scoreThreshold });
 * ```
 */
export class Tracker {
  readonly #memory: CoreMemory;
  #tracker: core.Tracker | undefined;

  /** @throws {VisionError} `not-loaded`, `track-option`. */
  constructor(options: Partial<TrackerOptions> = {}) {
    this.#memory = new CoreMemory();
    const { maxLostMs, minIou, weakMinIou } = { ...DEFAULTS, ...options };
    this.#tracker = withVisionError(() => new core.Tracker(maxLostMs, minIou, weakMinIou));
  }

  /**
   * Takes in one frame; frames come in the order of their time.
   *
   * A time that is not later than the last one, or not a number, is taken as the last one; one that
   * is earlier by more than `maxLostMs` is of a clock set back: every object is forgotten, and ids go
   * on from where they were. Boxes that are not usable get no id, nor do detections past the 128th.
   *
   * @param detections All of the frame after NMS, best first, down to {@linkcode weakThreshold}.
   * @throws {VisionError} `track-option`, `freed`.
   */
  update(
    detections: readonly Detection[],
    { timeMs, scoreThreshold }: TrackedFrameOptions,
  ): TrackedFrame {
    const tracker = this.#live();
    const count = Math.min(detections.length, MAX_FOLLOWED);
    const input = this.#memory.floats(tracker.inputAddress, count * DETECTION_VALUES);
    for (let index = 0; index < count; index++) {
      writeDetection(input, index * DETECTION_VALUES, detections[index]!);
    }
    withVisionError(() => tracker.update(count, scoreThreshold, timeMs));
    const ids = new Uint32Array(this.#memory.buffer, tracker.idsAddress >>> 0, count);
    const velocities = this.#memory.floats(tracker.velocitiesAddress, count * VELOCITY_VALUES);
    // As the core compares them: a score is f32 where it comes from.
    const threshold = Math.fround(scoreThreshold);
    const frame = { detections: [] as TrackedDetection[], weak: [] as TrackedDetection[] };
    for (let index = 0; index < detections.length; index++) {
      const { box, score, classId } = detections[index]!;
      // Past the count there is no id.
      const trackId = ids[index] || null;
      const isStrong = Math.fround(score) >= threshold;
      if (!isStrong && trackId === null) continue;
      const velocity = trackId === null ? null : velocityAt(velocities, index * VELOCITY_VALUES);
      (isStrong ? frame.detections : frame.weak).push({ box, score, classId, trackId, velocity });
    }
    return frame;
  }

  /**
   * Forgets every object; ids begin at 1 again.
   *
   * @throws {VisionError} `freed`.
   */
  reset(): void {
    this.#live().reset();
  }

  /** Gives the buffers back to the core. Safe to call twice; anything else then throws `freed`. */
  free(): void {
    this.#tracker?.free();
    this.#tracker = undefined;
  }

  #live(): core.Tracker {
    if (this.#tracker === undefined) {
      throw new VisionError("freed", "Cannot use this Tracker after free()");
    }
    return this.#tracker;
  }
}

function velocityAt(velocities: Float32Array, at: number): BoxVelocity {
  return {
    x: velocities[at]!,
    y: velocities[at + 1]!,
    width: velocities[at + 2]!,
    height: velocities[at + 3]!,
  };
}

/**
 * Lowest score worth decoding for the tracker's second round when `scoreThreshold` is what counts:
 * half of it, at least 0.1, never more than the threshold itself.
 */
export function weakThreshold(scoreThreshold: number): number {
  return Math.min(scoreThreshold, Math.max(LOWEST_WEAK_SCORE, scoreThreshold / 2));
}
