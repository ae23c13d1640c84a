import type { FrameKey } from "./frame_key.ts";

/** RTP video clocks run at 90 kHz. */
const RTP_TICKS_PER_MS = 90;

/**
 * Times of one frame from two sources agree to this: Chromium's RTP timestamps of one frame may
 * differ by 90 ticks, and media times agree to well below half the shortest frame interval.
 */
export const SAME_FRAME_MS = 1 + 1e-6;

/** A frame this much before the one before it, or this much further on than time went, is a jump. */
const MAX_BACK_MS = 50;
const MAX_AHEAD_MS = 2_000;

/** Where a frame is in its video. */
export interface FramePlace {
  /** Ms of video time; never wraps, and means something only compared with others. */
  readonly timeMs: number;
  /** It does not go on from the frame before: another camera, or the sender began anew. */
  readonly isJump: boolean;
}

type Clock = FrameKey["clock"] | "arrival";

/** Where a frame is by one clock; one without a key is placed by its arrival. */
export interface Reading {
  readonly clock: Clock;
  /** As the clock gives it. */
  readonly value: number;
}

/**
 * Turns keys of frames into one video time that goes on and on, though RTP timestamps wrap. Frames
 * come in their order; results name frames around the newest.
 */
export class VideoTime {
  #last: Reading & { readonly timeMs: number; readonly receivedAtMs: number } | null = null;

  /** Places the next frame. */
  add(key: FrameKey | null, receivedAtMs: number): FramePlace {
    const reading: Reading = key ?? { clock: "arrival", value: receivedAtMs };
    const last = this.#last;
    const stepMs = last === null ? null : stepBetween(last, reading);
    const passedMs = last === null ? 0 : receivedAtMs - last.receivedAtMs;
    const isJump = last !== null &&
      (stepMs === null || stepMs < -MAX_BACK_MS || stepMs > passedMs + MAX_AHEAD_MS);
    const timeMs = (last?.timeMs ?? 0) + (stepMs ?? 0);
    this.#last = { ...reading, timeMs, receivedAtMs };
    return { timeMs, isJump };
  }

  /** Video time of the frame with this key; `null` where it has none that can be compared. */
  of(key: FrameKey | null): number | null {
    const last = this.#last;
    if (last === null || key === null) return null;
    const stepMs = stepBetween(last, key);
    return stepMs === null ? null : last.timeMs + stepMs;
  }
}

/** From one reading to another, ms; `null` when they are of different clocks. */
export function stepBetween(from: Reading, to: Reading): number | null {
  if (from.clock !== to.clock) return null;
  if (from.clock !== "rtp") return to.value - from.value;
  // Signed difference modulo 2³², since RTP timestamps wrap.
  return ((to.value - from.value) | 0) / RTP_TICKS_PER_MS;
}
