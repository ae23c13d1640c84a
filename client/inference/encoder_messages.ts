import type { JpegTarget } from "./jpeg_size.ts";
import type { DetectorErrorCode, FeedMessage, FeedReply } from "./worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";

/** What a page asks of its encode Worker. */
export type ToEncoder =
  | FeedMessage
  /** First message. Loads the Rust core and times it on a picture of noise. */
  | { readonly kind: "load"; readonly target: JpegTarget }
  /** There is room for one frame: the newest, or the next to come. `stop` takes it back. */
  | {
    readonly kind: "encode";
    readonly frameId: number;
    /** Not one that came before; ms since the epoch. */
    readonly sinceMs: number;
    readonly target: JpegTarget;
    /** 0–1. */
    readonly quality: number;
  };

/** One frame, ready to be sent. Times are ms, points in time ms since the epoch. */
export interface EncodedFrame {
  readonly frameId: number;
  /** `null` where the browser gives frames no identity. */
  readonly key: FrameKey | null;
  readonly jpeg: Uint8Array<ArrayBuffer>;
  /** Of the JPEG, px. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Of the frame as shown, px. */
  readonly frameWidthPx: number;
  readonly frameHeightPx: number;
  /** When it came from the camera's stream, and when it was taken into work. */
  readonly receivedAtMs: number;
  readonly grabbedAtMs: number;
  /** Copying its pixels. */
  readonly grabMs: number;
  /** Scaling and JPEG. */
  readonly encodeMs: number;
  /** 0–1. */
  readonly quality: number;
}

/** Frames of one encoder since it started. */
export interface EncoderCounts {
  readonly received: number;
  readonly superseded: number;
  readonly error: number;
}

/** What an encode Worker tells its page. */
export type FromEncoder =
  /** `warmEncodeMs`: median time of scaling and JPEG of 640×480 noise, after the first. */
  | { readonly kind: "ready"; readonly warmEncodeMs: number }
  | FeedReply
  | { readonly kind: "encoded"; readonly frame: EncodedFrame; readonly counts: EncoderCounts }
  /** The frame asked for could not be made. */
  | { readonly kind: "skipped"; readonly frameId: number; readonly counts: EncoderCounts }
  /** `message` is a sentence for the screen. After it the Worker does nothing more. */
  | { readonly kind: "failed"; readonly code: DetectorErrorCode; readonly message: string };
