import type { FrameTransportKind } from "./frame_stream.ts";
import type { Effort } from "./effort.ts";
import type { PeerId } from "@/protocol";
import type {
  DetectionSettings,
  FeedMessage,
  FrameResult,
  FromWorker,
  PaceMessage,
} from "./worker_messages.ts";
import type { PortLike } from "../base/worker_handle.ts";
import type { FrameKey } from "../time/frame_key.ts";

/** Where inference runs: in this browser, or on the server. */
export type Side = "local" | "server";

/** What a detector is doing, for the screen. */
export type DetectorState =
  | (Omit<Extract<FromWorker, { kind: "progress" }>, "kind"> & { readonly kind: "loading" })
  | Extract<FromWorker, { kind: "ready" }>
  /** The Worker died or did not start; another one starts. */
  | { readonly kind: "restarting"; readonly message: string }
  /** On the way to the server. */
  | { readonly kind: "connecting" }
  /** The server answers. `runMs`: its model's own warm median; `null`: not measured. */
  | {
    readonly kind: "connected";
    readonly transport: FrameTransportKind;
    readonly runMs: number | null;
  }
  /** The server takes no frames now; it is asked again by itself. A sentence for the screen. */
  | { readonly kind: "waiting"; readonly message: string }
  | Extract<FromWorker, { kind: "failed" }>;

/** One frame that came to this page as the server has it. */
export interface RelayedFrame {
  readonly key: FrameKey;
  /** Of the picture, px. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** `null`: it did not come as a JPEG. */
  readonly jpegBytes: number | null;
  /** Ms since the epoch. */
  readonly receivedAtMs: number;
}

/** The key of a frame that came, by the id that the server knows it by. */
export interface RelayedKey {
  readonly frameId: number;
  readonly key: FrameKey;
}

/** Frames that the server has itself: it relays them, or they are of a camera of its own. */
export interface RelayedFrames {
  /** Whose they are. */
  readonly phone: PeerId;
  /** How many have come to this page. */
  readonly received: number;
  /**
   * A port for a Worker, at which it hears a {@linkcode RelayedKey} of each that comes, in place of an earlier
   * port; `null`: it need not, for the id of each is its RTP timestamp.
   */
  keys(): PortLike | null;
  /** One of the last, by the id that the server knows it by; `null`: it did not come, or long ago. */
  of(frameId: number): RelayedFrame | null;
}

/** Where a Worker's frames come from; `M`: how. See `client/media/frame_feed.ts`. */
export interface FrameFeed<M = FeedMessage> {
  /** Hands frames over through `post` from now on; called anew for each new Worker. */
  attach(post: (message: M, transfer: Transferable[]) => void): void;
  /** Stops handing over. */
  detach(): void;
  /** The Worker accepted one posted frame. */
  onAccepted(): void;
  /** The Worker cannot read what was handed over: another way, if there is one. */
  onUnreadable(): void;
  /** There where the server need not be sent them. */
  readonly relayed?: RelayedFrames;
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
  /** What the frames would be like that it does not get now; see {@linkcode FrameFeed.relayed}. */
  expectFrames?(relayed: RelayedFrames | null): void;
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
