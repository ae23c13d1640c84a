import type { DropCause, FrameDropCause, ServedModel, StageTimes } from "@/protocol";
import type { SizePx, TrackedDetection } from "@/vision";
import type { PortLike } from "../base/worker_handle.ts";
import type { ClockEstimate } from "../time/clock_sync.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { WindowDropCause } from "./frame_window.ts";

/** What onnxruntime-web runs on. */
export type Backend = "wasm" | "webgpu";

/** What is wanted of every result; changes apply from the next frame on. */
export interface DetectionSettings {
  /** 0–1. */
  readonly scoreThreshold: number;
  /** 0–1; of two boxes of one class with an IoU above it, the weaker goes. */
  readonly iouThreshold: number;
  /** Class ids to keep; `null` keeps all. */
  readonly classes: readonly number[] | null;
}

/** A frame that was posted. */
export interface PostedFrame {
  readonly kind: "frame";
  readonly frame: VideoFrame | ImageBitmap;
  readonly key: FrameKey | null;
}

/** How a Worker gets frames that it reads itself. */
export type ReadMessage =
  /** Frames come from a transferred stream of `VideoFrame`s. */
  | { readonly kind: "stream"; readonly stream: ReadableStream<VideoFrame> }
  /** Frames come from a transferred track, where only a Worker can make a stream of it. */
  | { readonly kind: "track"; readonly track: MediaStreamTrack }
  /** Another Worker posts each over this port as a {@linkcode PostedFrame}, and is told what was `accepted`. */
  | { readonly kind: "frames"; readonly port: PortLike }
  /** One frame, transferred. */
  | PostedFrame
  /** No more frames from the present source. */
  | { readonly kind: "stop" };

/** How frames get into a Worker, whatever it does with them. */
export type FeedMessage =
  | ReadMessage
  /** Another Worker reads them, and gives them over this port when they are asked for. */
  | { readonly kind: "port"; readonly port: PortLike };

/** Frames at least so far apart; `null`: none at all until the next such message. */
export interface PaceMessage {
  readonly kind: "pace";
  readonly minIntervalMs: number | null;
}

/** What a page asks of its detection Worker. */
export type ToWorker =
  | FeedMessage
  | PaceMessage
  /** First message. Loads the runtime and one model, and runs it once on an empty input. */
  | {
    readonly kind: "load";
    readonly model: ServedModel;
    readonly backend: Backend;
    readonly threads: number;
  }
  | { readonly kind: "settings"; readonly settings: DetectionSettings }
  /** Which of the model's input sizes is used from the next frame on; 0: the largest. */
  | { readonly kind: "size"; readonly level: number };

/** Parts of loading, in order. */
export type LoadPart = "runtime" | "model" | "warm-up";

/** What is started once it is loaded: onnxruntime, and the model in it. */
export type StartPart = "runtime" | "model";

/** One processed frame. */
export interface FrameResult {
  /** `null` where the browser gives frames no identity. */
  readonly key: FrameKey | null;
  /** Size of the frame as shown, pixels. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Size of the model's input; `null` where a server does not say. */
  readonly inputPx: SizePx | null;
  readonly detections: readonly TrackedDetection[];
  /** Under the threshold, but where a known object was to be expected. */
  readonly weak: readonly TrackedDetection[];
  /**
   * Names the sequence that the track ids count in: with another one they begin anew. `null` where
   * nobody follows the objects.
   */
  readonly trackEpoch: number | null;
  readonly stages: StageTimes;
  /** When the frame was taken into work, ms since the epoch. */
  readonly grabbedAtMs: number;
  /** How long it had waited for that since it came from the camera's stream, ms. */
  readonly waitedMs: number;
  /** When all this was there, ms since the epoch: in `server` mode at this page. */
  readonly readyAtMs: number;
  /** Whether the Worker that paints has it already. */
  readonly isPresented: boolean;
  /** Totals since the detector started. */
  readonly counts: FrameCounts;
  /** Where the server did the work: what else was measured. */
  readonly remote?: RemoteTimes;
}

/** What the Worker that paints needs of a processed frame. */
export type PresentResult = Pick<FrameResult, "key" | "detections" | "weak" | "trackEpoch">;

/** What was measured of one frame's way to the server and back, ms. */
export interface RemoteTimes {
  /** Scaling and JPEG; `null` where another device did it. */
  readonly encodeMs: number | null;
  /** From handing the frame over until its result was here; `null`: the server had it before. */
  readonly roundTripMs: number | null;
  /** The server's part of that: from the frame's last byte until its detections were ready. */
  readonly serverMs: number;
  /** Of the server's part: waiting for its turn. */
  readonly queueMs: number;
  /** When its last byte had arrived, and when its detections were ready: on the server's clock. */
  readonly recvTimeMs: number;
  readonly inferenceTimeMs: number;
  /** `null`: the frame did not come here as one. */
  readonly jpegBytes: number | null;
  /** 0–1; `null` where another device made it. */
  readonly jpegQuality: number | null;
  /** What was known of the server's clock then; `null`: nothing yet. */
  readonly clock: ClockEstimate | null;
}

/** The parts of a frame's result that the server's answer has. */
export type FoundInFrame = Pick<
  FrameResult,
  "inputPx" | "detections" | "weak" | "trackEpoch" | "stages"
>;

/** Those of its times that the server's answer has. */
export type ServerTimes = Pick<
  RemoteTimes,
  "serverMs" | "queueMs" | "recvTimeMs" | "inferenceTimeMs"
>;

/** Why a frame got no result: in this browser, on the way, or on the server. */
export type AnyDropCause = DropCause | WindowDropCause | FrameDropCause;

/** Frames of one detector since it started. A cause that is missing did not occur. */
export interface FrameCounts {
  readonly received: number;
  readonly processed: number;
  readonly dropped: Readonly<Partial<Record<AnyDropCause, number>>>;
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
  /** The browser gives none but false pixels. */
  | "false-pixels"
  | "crashed"
  /** What was loaded does not start. */
  | "stalled"
  | "server-unavailable"
  | "unknown-model";

/** What a Worker tells its page of how it is given frames. */
export type FeedReply =
  /** A posted frame is in the waiting place; another may be posted. */
  | { readonly kind: "accepted" }
  /** The stream or track that it was given cannot be read there. */
  | { readonly kind: "unreadable" };

/** What a Worker tells its page. */
export type FromWorker =
  | FeedReply
  | {
    readonly kind: "progress";
    readonly part: LoadPart;
    readonly loadedBytes: number;
    /** `null` where the server does not say. */
    readonly totalBytes: number | null;
    readonly cached: boolean;
  }
  /** What it starts now; `null`: it goes on loading. */
  | { readonly kind: "starts"; readonly part: StartPart | null }
  /** `warmRunMs`: median of a few runs after the first, at the largest size, with nothing else going on. */
  | {
    readonly kind: "ready";
    readonly backend: Backend;
    readonly threads: number;
    readonly warmRunMs: number;
  }
  | { readonly kind: "result"; readonly result: FrameResult }
  /** `message` is a sentence for the screen. After it the Worker does nothing more. */
  | { readonly kind: "failed"; readonly code: DetectorErrorCode; readonly message: string };
