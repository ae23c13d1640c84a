import type { PresentResult } from "./worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";

// The Worker that paints reads every frame and is never busy for long. Another one that examines frames
// asks it for one when it is free, and so never has an old one; what it finds goes back the same way.

/** What one who examines frames says. */
export type ToFramePort =
  /** It is free: the newest frame that it has not had and that came then or later, or the next to come. */
  | { readonly kind: "want"; readonly sinceMs: number }
  | { readonly kind: "result"; readonly result: PresentResult };

/** One frame, transferred. */
export interface FromFramePort {
  readonly kind: "frame";
  readonly frame: VideoFrame | ImageBitmap;
  readonly key: FrameKey | null;
  /** When its reader got it, ms since the epoch. */
  readonly receivedAtMs: number;
  /** Frames that came since this port was opened, and those of them that were not asked for in time. */
  readonly received: number;
  readonly superseded: number;
}
