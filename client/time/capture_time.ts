import type { CaptureClock } from "@/protocol";

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
