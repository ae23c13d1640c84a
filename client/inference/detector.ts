import type { FrameCarrierKind } from "./inference_link.ts";
import type { Effort } from "./effort.ts";
import type {
  DetectionSettings,
  FeedMessage,
  FrameResult,
  FromWorker,
  PaceMessage,
} from "./worker_messages.ts";

/** Where inference runs: in this browser, or on the server. */
export type Side = "local" | "server";

/** What a detector is doing, for the screen. */
export type DetectorState =
  | (Omit<Extract<FromWorker, { kind: "progress" }>, "kind"> & { readonly kind: "loading" })
  | Extract<FromWorker, { kind: "ready" }>
  /** The Worker died; another is starting with fewer threads. */
  | { readonly kind: "restarting"; readonly message: string }
  /** On the way to the server. */
  | { readonly kind: "connecting" }
  /** The server answers. `runMs`: its model's own warm median; `null`: not measured. */
  | {
    readonly kind: "connected";
    readonly carrier: FrameCarrierKind;
    readonly runMs: number | null;
  }
  /** The server takes no frames now; it is asked again by itself. A sentence for the screen. */
  | { readonly kind: "waiting"; readonly message: string }
  | Extract<FromWorker, { kind: "failed" }>;

/** Where a Worker's frames come from; `M`: how. See `client/media/frame_feed.ts`. */
export interface FrameFeed<M = FeedMessage> {
  /** Hands frames over through `post` from now on; called anew for each new Worker. */
  attach(post: (message: M, transfer: Transferable[]) => void): void;
  /** Stops handing over. */
  detach(): void;
  /** The Worker accepted one posted frame. */
  onAccepted(): void;
  /** Are frames coming from the camera now? */
  isFlowing(): boolean;
}

/** Whom a detector tells. */
export interface DetectorEvents {
  onState(state: DetectorState): void;
  onResult(result: FrameResult): void;
  /** A frame was given up without an answer when it was this old, ms. */
  onLoss(ageMs: number): void;
}

/** Frames in, detections out, wherever the model runs. */
export interface Detector {
  /** What one frame takes with nothing else going on, ms; `null`: not measured. */
  readonly expectedMs: number | null;
  /** Takes frames from `feed` instead of the present one; `null` for none. */
  setFeed(feed: FrameFeed | null): void;
  /** Applies from the next frame on. */
  setSettings(settings: DetectionSettings): void;
  /** How much work it may make; applies from the next frame on. */
  setEffort(effort: Effort): void;
  /** The end; the detector is of no use afterwards. */
  close(): void;
}

/** The message that brings a Worker to this pace. */
export function paceMessage({ minIntervalMs }: Effort): PaceMessage {
  return { kind: "pace", minIntervalMs };
}
