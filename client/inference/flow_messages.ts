import type { FrameDropCause, ServedModel } from "@/protocol";
import type { PortLike } from "../base/worker_handle.ts";
import type { Channels } from "../link/channel_pair.ts";
import type { TransportKind } from "../link/transport.ts";
import type { CaptureMark } from "../time/capture_time.ts";
import type { ClockEstimate } from "../time/clock_sync.ts";
import type { Effort } from "./effort.ts";
import type {
  DetectorErrorCode,
  FeedMessage,
  FeedReply,
  FoundInFrame,
  FrameResult,
  ServerTimes,
} from "./worker_messages.ts";

/** What frames go over: what the Worker has itself, or channels that only its page can have. */
export type FlowRoute = "channels" | "topic" | "page";

/** With more than this not sent yet, the network is slow: another frame would only queue. */
export const MAX_BUFFERED_BYTES = 16 * 1024;

/** How soon a slow network is looked at again. */
export const DRAIN_MS = 20;

/** What a page asks of its Worker of server mode. */
export type ToFlow =
  | FeedMessage
  /** First message. Loads the Rust core and times JPEG on a picture of noise. */
  | { readonly kind: "load"; readonly model: ServedModel }
  /** First message, where the server has the frames itself and none is to be sent. */
  | {
    readonly kind: "hear";
    /** Of the model. */
    readonly labels: readonly string[];
    /** See `RelayedFrames.keys`. */
    readonly keys: PortLike | null;
  }
  | { readonly kind: "effort"; readonly effort: Effort }
  /** Channels of a new connection, transferred before they are open, in place of those before. */
  | { readonly kind: "channels"; readonly id: number } & Channels
  /** The stream's topic on the bulk link, transferred, in place of the one before. */
  | { readonly kind: "topic"; readonly id: number; readonly port: PortLike }
  /** Frames go over this from now on, and what was on another is lost; `null`: nothing is open. */
  | {
    readonly kind: "route";
    /** A later route has a higher one. */
    readonly id: number;
    readonly route: FlowRoute | null;
    readonly maxMessageBytes: number;
  }
  /** What the server said over the page's channels. */
  | { readonly kind: "text"; readonly text: string }
  /** So much of the frames that the page was given to send does not wait any more. */
  | { readonly kind: "sent"; readonly bytes: number }
  /** The page has come to one text that it was given to send. */
  | { readonly kind: "said" }
  /** When the camera took one of the last frames. */
  | { readonly kind: "capture"; readonly mark: CaptureMark };

/** What the server answered on a frame that it has itself. */
export type RelayedAnswer =
  | {
    readonly kind: "found";
    readonly frameId: number;
    readonly found: FoundInFrame;
    readonly times: ServerTimes;
    /** An answer on a later frame came first. */
    readonly isLate: boolean;
    /** Whether the Worker that paints has it already. */
    readonly isPresented: boolean;
    /** What was known of the server's clock then. */
    readonly clock: ClockEstimate | null;
    /** When it was here, ms since the epoch. */
    readonly readyAtMs: number;
  }
  | { readonly kind: "dropped"; readonly frameId: number; readonly cause: FrameDropCause };

/** What such a Worker tells its page. */
export type FromFlow =
  /** `warmEncodeMs`: median time of scaling and JPEG of 640×480 noise, after the first; 0: it makes none. */
  | { readonly kind: "ready"; readonly warmEncodeMs: number }
  | FeedReply
  /** Both channels are open, or one of them is not any more. */
  | { readonly kind: "channels"; readonly id: number; readonly isOpen: boolean }
  /** It answers over the topic, by this; `null`: not now. */
  | { readonly kind: "topic"; readonly id: number; readonly transport: TransportKind | null }
  /** To be sent over the page's channels. */
  | { readonly kind: "send"; readonly message: Uint8Array<ArrayBuffer> | string }
  | { readonly kind: "result"; readonly result: FrameResult }
  | RelayedAnswer
  /** A frame was given up without an answer when it was this old. */
  | { readonly kind: "loss"; readonly ageMs: number }
  /** The server's clock was asked for anew. */
  | { readonly kind: "pong"; readonly roundTripMs: number }
  /** Over channels, on the route of this id, the server has said nothing to ping after ping. */
  | { readonly kind: "silent"; readonly routeId: number }
  /** `message` is a sentence for the screen. After it the Worker does nothing more. */
  | { readonly kind: "failed"; readonly code: DetectorErrorCode; readonly message: string };
