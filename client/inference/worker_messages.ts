import type { DropCause, ServedModel, StageTimes } from "@/protocol";
import type { Detection } from "@/vision";

/** What onnxruntime-web runs on. */
export type Backend = "wasm" | "webgpu";

/**
 * Ties a result to the frame it was made from, and to that frame alone. `rtp`: the RTP timestamp, on
 * the sender's 90 kHz clock, modulo 2³². `media`: the media time in ms of the frame callback that
 * handed the frame over.
 */
export interface FrameKey {
  readonly clock: "rtp" | "media";
  readonly value: number;
}

/** What is wanted of every result; changes apply from the next frame on. */
export interface DetectionSettings {
  /** 0–1. */
  readonly scoreThreshold: number;
  /** 0–1; of two boxes of one class with an IoU above it, the weaker goes. */
  readonly iouThreshold: number;
  /** Class ids to keep; `null` keeps all. */
  readonly classes: readonly number[] | null;
}

/** What a page asks of its Worker. */
export type ToWorker =
  /** First message. Loads the runtime and one model, and runs it once on an empty input. */
  | {
    readonly kind: "load";
    readonly model: ServedModel;
    readonly backend: Backend;
    readonly threads: number;
  }
  /** Frames come from a transferred stream of `VideoFrame`s. */
  | { readonly kind: "stream"; readonly stream: ReadableStream<VideoFrame> }
  /** Frames come from a transferred track, where only a Worker can make a stream of it. */
  | { readonly kind: "track"; readonly track: MediaStreamTrack }
  /** One frame, transferred. */
  | {
    readonly kind: "frame";
    readonly frame: VideoFrame | ImageBitmap;
    readonly key: FrameKey | null;
  }
  /** No more frames from the present source. */
  | { readonly kind: "stop" }
  | { readonly kind: "settings"; readonly settings: DetectionSettings };

/** Parts of loading, in order. */
export type LoadPart = "runtime" | "model" | "warm-up";

/** One processed frame. */
export interface FrameResult {
  /** `null` where the browser gives frames no identity. */
  readonly key: FrameKey | null;
  /** Size of the frame as shown, pixels. */
  readonly widthPx: number;
  readonly heightPx: number;
  readonly detections: readonly Detection[];
  readonly stages: StageTimes;
  /** When the frame was taken into work, ms since the epoch. */
  readonly grabbedAtMs: number;
  /** Totals since the Worker started. */
  readonly counts: FrameCounts;
}

/** Frames of one Worker since it started. */
export interface FrameCounts {
  readonly received: number;
  readonly processed: number;
  readonly dropped: Readonly<Record<DropCause, number>>;
}

/** Why detection cannot go on. */
export type DetectorErrorCode =
  | "runtime-missing"
  | "model-missing"
  | "model-damaged"
  | "model-shape"
  | "out-of-memory"
  | "backend-failed"
  | "frame-failed"
  | "crashed";

/** What a Worker tells its page. */
export type FromWorker =
  | {
    readonly kind: "progress";
    readonly part: LoadPart;
    readonly loadedBytes: number;
    /** `null` where the server does not say. */
    readonly totalBytes: number | null;
    readonly cached: boolean;
  }
  /** `warmRunMs`: median of a few runs after the first, with nothing else going on. */
  | {
    readonly kind: "ready";
    readonly backend: Backend;
    readonly threads: number;
    readonly warmRunMs: number;
  }
  /** A posted frame is in the waiting place; another may be posted. */
  | { readonly kind: "accepted" }
  | { readonly kind: "result"; readonly result: FrameResult }
  /** `message` is a sentence for the screen. After it the Worker does nothing more. */
  | { readonly kind: "failed"; readonly code: DetectorErrorCode; readonly message: string };
