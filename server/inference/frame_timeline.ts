import type { CompleteFrame } from "./intake.ts";

/** Steps by the capture time and by the arrival differ by no more: no frame may wait longer. */
const MAX_JITTER_MS = 1_000;

/** What is known of a frame's time, ms since the epoch. */
export type FrameTimes = Pick<CompleteFrame, "captureTimeMs" | "captureClock" | "receiveTimeMs">;

/**
 * One line of time for the frames of a stream, for what only looks at the steps between them: by
 * their capture times, which do not jitter as their arrival does. What is known of these may change
 * from frame to frame, and clocks may be set; such a step is taken from the arrival.
 */
export class FrameTimeline {
  #last: FrameTimes | null = null;
  #timeMs = 0;

  /** Puts the next frame on the line; ms, from anywhere. */
  add(frame: FrameTimes): number {
    this.#timeMs += this.#last === null ? 0 : stepMs(this.#last, frame);
    this.#last = frame;
    return this.#timeMs;
  }
}

function stepMs(from: FrameTimes, to: FrameTimes): number {
  const arrivalMs = to.receiveTimeMs - from.receiveTimeMs;
  if (from.captureTimeMs === null || to.captureTimeMs === null) return arrivalMs;
  if (from.captureClock !== to.captureClock) return arrivalMs;
  const captureMs = to.captureTimeMs - from.captureTimeMs;
  return Math.abs(captureMs - arrivalMs) <= MAX_JITTER_MS ? captureMs : arrivalMs;
}
