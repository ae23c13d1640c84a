import type {
  CameraName,
  CameraStatus,
  FromStreamMessage,
  IceServer,
  ToStreamMessage,
} from "@/protocol";
import type { ChildTalk, LifeMessage } from "../child/ipc.ts";
import type { LaneRules } from "../child/write_queue.ts";
import type { CameraSpec } from "../base/camera_spec.ts";
import type { BurnedBox } from "./draw_boxes.ts";

/**
 * What the server (parent) and the camera process (child) say to each other, framed as
 * `server/child/ipc.ts` says.
 */

/** Names one connection: one camera in one room to one load of one viewer's page. */
export type CameraSession = string & { readonly cameraSession: unique symbol };

/** Negotiation of one connection, as it comes from the viewer. */
export type CameraSignal =
  | { readonly kind: "answer"; readonly sdp: string }
  | Extract<ToStreamMessage["body"], { kind: "ice-candidate" }>;

/** Negotiation of one connection, as it goes to the viewer. */
export type CameraSignalBack =
  | { readonly kind: "offer"; readonly sdp: string }
  | Extract<FromStreamMessage["body"], { kind: "ice-candidate" }>;

/** Parent → child. */
export type ToCameras =
  /** The first message. */
  | { readonly kind: "cameras"; readonly cameras: readonly CameraSpec[] }
  /** A viewer is there: makes it an offer. */
  | {
    readonly kind: "open";
    readonly session: CameraSession;
    readonly camera: CameraName;
    readonly iceServers: readonly IceServer[];
  }
  /**
   * The viewer's answer, or one of its candidates. An offer of the viewer's (it wants another path) is the
   * parent's to answer: by `close`, and an `open` under another name.
   */
  | {
    readonly kind: "signal";
    readonly session: CameraSession;
    readonly signal: CameraSignal;
  }
  | { readonly kind: "close"; readonly session: CameraSession }
  /** Whether JPEG frames of the camera are wanted, and how often at most. */
  | {
    readonly kind: "tap";
    readonly camera: CameraName;
    readonly on: boolean;
    readonly minIntervalMs: number;
  }
  /** What was found on a frame of a tap, for those who watch it through a camera of kind `boxes`. */
  | {
    readonly kind: "boxes";
    readonly camera: CameraName;
    readonly rtpTimestamp: number;
    readonly boxes: readonly BurnedBox[];
  };

/**
 * Why a connection is no more. `lost`: the parent opens another one while the viewer is there. `full`:
 * there are as many as there may be, or no port is left. `no-camera`: there is none of that name.
 */
export type CameraEndCause = "lost" | "full" | "no-camera";

/** Child → parent, of cameras and connections. */
export type CameraMessage =
  /** A camera is another way than before. */
  | {
    readonly kind: "status";
    readonly camera: CameraName;
    readonly status: CameraStatus;
    readonly problem: string | null;
  }
  /** An offer, or one of our candidates. */
  | {
    readonly kind: "signal";
    readonly session: CameraSession;
    readonly signal: CameraSignalBack;
  }
  /** There is no such connection any more, or none was made. */
  | { readonly kind: "ended"; readonly session: CameraSession; readonly cause: CameraEndCause }
  /** Whether anybody watches a camera with boxes burned in, so that its `boxes` are wanted. */
  | { readonly kind: "burned"; readonly camera: CameraName; readonly on: boolean }
  /** One frame that a tap wants, as JPEG in the binary part; no side longer than `MAX_RELAY_SIDE_PX`. */
  | {
    readonly kind: "frame";
    readonly camera: CameraName;
    /** As the viewers' browsers see it on the very same frame. */
    readonly rtpTimestamp: number;
    /** Ms since the epoch. */
    readonly captureTimeMs: number;
    /** Of the JPEG. */
    readonly widthPx: number;
    readonly heightPx: number;
  };

/** See {@linkcode ChildTalk}. A camera process finds nothing out of its machine. */
export interface CameraTalk extends ChildTalk {
  readonly to: ToCameras;
  readonly from: CameraMessage;
  readonly facts: null;
  readonly stats: CameraStats;
  readonly totals: CameraTotals;
}

/** Child → parent, with what every child says. */
export type FromCameras = CameraMessage | LifeMessage<CameraTalk>;

/** Messages without which the parent would wait for ever. */
export const ESSENTIAL_CAMERA_MESSAGES: ReadonlySet<FromCameras["kind"]> = new Set([
  "ready",
  "unable",
  "status",
  "signal",
  "burned",
  "ended",
]);

/** None of what is said to a camera process may be lost. */
export const CAMERA_LANES: LaneRules<ToCameras> = {
  laneOf: () => null,
  endedBy: () => null,
};

/** Counters since the child started, and gauges of now. */
export interface CameraStats {
  readonly connections: number;
  readonly framesRead: number;
  readonly framesSent: number;
  /** By cause. */
  readonly framesDropped: Readonly<Record<string, number>>;
  readonly rssBytes: number;
  /** Processor time of this process since it started, without its ffmpegs, ms. */
  readonly cpuMs: number;
}

/** What of the stats only ever grows. */
export type CameraTotals = Omit<CameraStats, "connections" | "rssBytes">;
