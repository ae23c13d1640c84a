import type { CaptureClock } from "@/protocol";
import type { FrameKey } from "./frame_key.ts";
import { stepBetween } from "./video_time.ts";

/** When the phone's camera took a frame, as well as that is known. */
export interface CaptureTime {
  /** Ms since the epoch on this page's clock. */
  readonly timeMs: number;
  readonly clock: CaptureClock;
  /** The time is at most this wrong, ms; `null` where that cannot be said (`receiveTime`). */
  readonly errorMs: number | null;
}

/**
 * What the browser's own estimate of `captureTime` is wrong by, besides half the round trip. Measured
 * on two busy cores, with a clock in the picture and no network to speak of (report.md, appendix F):
 * up to 9 ms too early there, up to 12 ms in other runs.
 */
export const CAPTURE_TIME_ERROR_MS = 15;

/** When the camera took one frame, told to a Worker that has others. */
export interface CaptureMark {
  readonly key: FrameKey;
  readonly timeMs: number;
  readonly clock: CaptureClock;
}

/** Farther from what is known, the drift between camera and clock would count. */
export const MAX_EXTRAPOLATION_MS = 3_000;

/** When the camera took a frame, by what is known of another; else when the frame came. Pure. */
export function captureBy(
  mark: CaptureMark | null,
  key: FrameKey | null,
  receivedAtMs: number,
): Pick<CaptureTime, "timeMs" | "clock"> {
  const apartMs = mark === null || key === null ? null : stepBetween(mark.key, key);
  if (mark === null || apartMs === null || Math.abs(apartMs) > MAX_EXTRAPOLATION_MS) {
    return { timeMs: receivedAtMs, clock: "receiveTime" };
  }
  return { timeMs: mark.timeMs + apartMs, clock: mark.clock };
}
