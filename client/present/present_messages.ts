import type { Display } from "@/protocol";
import type { PortLike } from "../base/worker_handle.ts";
import type { FeedReply, PresentResult, ReadMessage } from "../inference/worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";

/** How the picture and its boxes look. */
export interface PresentStyle {
  readonly labels: readonly string[];
  /** The picture and the boxes flipped left to right; text never. */
  readonly mirror: boolean;
  /** No text but the labels. */
  readonly isClean: boolean;
}

/** What a page asks of its presenter Worker. */
export type ToPresenter =
  /** First message: where to paint. */
  | { readonly kind: "canvas"; readonly canvas: OffscreenCanvas }
  | ReadMessage
  /** The source that comes after the next `stop` is of the same camera: the picture stays until then. */
  | { readonly kind: "hold" }
  /** Somebody examines frames, and asks for them over this port, until `release`. */
  | { readonly kind: "lend"; readonly id: number; readonly port: PortLike }
  | { readonly kind: "release"; readonly id: number }
  /** Size of the area on the page in CSS pixels, and device pixels per CSS pixel. */
  | {
    readonly kind: "area";
    readonly widthPx: number;
    readonly heightPx: number;
    readonly pixelRatio: number;
  }
  | { readonly kind: "style"; readonly style: PresentStyle }
  /** `predict`: whether `live` moves boxes along; off, they stay where they were found. */
  | { readonly kind: "display"; readonly display: Display; readonly predict: boolean }
  /** Whether results are to be expected; `synced` waits for none otherwise. */
  | { readonly kind: "expect"; readonly results: boolean }
  | { readonly kind: "result"; readonly result: PresentResult }
  /** Whether the page is before anybody's eyes: in a tab behind others, Chromium calls for frames as ever. */
  | { readonly kind: "seen"; readonly isSeen: boolean }
  /** A copy is wanted of what is painted with the boxes of this frame's result, or of a later one. */
  | { readonly kind: "picture"; readonly id: number; readonly key: FrameKey | null }
  /** The source or the model changed: results so far are of something else. */
  | { readonly kind: "reset" };

/**
 * Where the boxes on a shown frame come from. `own`: from this very frame. `between`: interpolated
 * between the two processed frames around it. `followed`: carried on from an earlier one by what is
 * seen in the frames since. `predicted`: moved from an earlier one by the motion model. `none`: there
 * was no result to show any from. A result without detections is one, too.
 */
export type BoxSource = "own" | "between" | "followed" | "predicted" | "none";

/** One frame that was put on the screen. Times are ms since the epoch. */
export interface ShownFrame {
  readonly key: FrameKey | null;
  /** When it came from the camera's stream. */
  readonly receivedAtMs: number;
  /**
   * When it was seen together with its boxes: the animation frame after the one with which it was
   * handed over. It is handed over with the one in whose callback, or before which, it was painted.
   */
  readonly displayedAtMs: number;
  /** `false`: it was on the screen already and was painted again, with a newer result or style. */
  readonly isFirst: boolean;
  readonly boxes: BoxSource;
  /** The processed frame that the boxes are of (`between`: the later one); `null` for none. */
  readonly resultKey: FrameKey | null;
  /**
   * How much earlier that frame is than the one shown, ms of video time; 0 for `own`. `null` for
   * `between`, which is of the shown frame's own time, and for `none`.
   */
  readonly ageMs: number | null;
}

/** Frames and results since the presenter started. */
export interface PresentCounts {
  readonly received: number;
  readonly shown: number;
  /** Frames that were not shown, by cause. */
  readonly skipped: Readonly<Record<PresentSkipCause, number>>;
  /** Results whose frame was found among the kept ones, and whose was not. */
  readonly paired: number;
  readonly unpaired: number;
  /** How often an object was moved by the motion model because there was no time to follow it. */
  readonly fallenBack: number;
}

/**
 * `late`: a newer frame was due as well. `full`: no room to keep it. `broken`: could not be read.
 * `unseen`: nobody saw the page.
 */
export const PRESENT_SKIP_CAUSES = ["late", "full", "broken", "unseen"] as const;
/** See {@linkcode PRESENT_SKIP_CAUSES}. */
export type PresentSkipCause = typeof PRESENT_SKIP_CAUSES[number];

/** None so far. */
export const NONE_SKIPPED: Readonly<Record<PresentSkipCause, number>> = {
  late: 0,
  full: 0,
  broken: 0,
  unseen: 0,
};

/** What a presenter Worker tells its page. */
export type FromPresenter =
  | FeedReply
  /** What was put on the screen since the last such message; a few times a second while frames come. */
  | {
    readonly kind: "shown";
    readonly frames: readonly ShownFrame[];
    readonly counts: PresentCounts;
    /** What `synced` adds to each frame's own delay now, ms; 0 in `live`. */
    readonly delayMs: number;
  }
  /** The copy, transferred; `null`: there will be none. */
  | { readonly kind: "picture"; readonly id: number; readonly bitmap: ImageBitmap | null }
  /** `message` is a sentence for the screen. After it the Worker does nothing more. */
  | { readonly kind: "failed"; readonly message: string };
