import type {
  FrameDropCause,
  FrameResultMessage,
  FromStreamMessage,
  IceServer,
  OfferRefusal,
  StreamEndCause,
  StreamSettings,
  ToStreamMessage,
} from "@/protocol";
import type { BucketCounts } from "../base/bucket_counts.ts";
import type { ChildTalk, LifeMessage } from "../child/ipc.ts";
import type { LaneRules } from "../child/write_queue.ts";
import type { Account } from "./account.ts";
import type { OfferedModels } from "./model_store.ts";

/**
 * What the control plane (parent) and the data plane (child process) say to each other, framed as
 * `server/child/ipc.ts` says. Frames are looked into by the child alone.
 */

/** Pictures outside any stream that wait at once, on either side; each is up to 2 MiB. */
export const MAX_PENDING_PICTURES = 8;

/** One without an answer after this long is given up, on either side. */
export const PICTURE_TIMEOUT_MS = 5_000;

/** Names one stream over all rooms: the viewer's peer id and its own name for the stream. */
export type StreamKey = string & { readonly streamKey: unique symbol };

/** Negotiation of one stream's DataChannels, as it comes from the viewer. */
export type StreamSignal = Extract<
  ToStreamMessage["body"],
  { kind: "offer" | "ice-candidate" }
>;

/** Negotiation of one stream's DataChannels, as it goes to the viewer. */
export type StreamSignalBack = Extract<
  FromStreamMessage["body"],
  { kind: "answer" | "offer-refused" | "ice-candidate" }
>;

/** Parent → child. `binary` is the message's binary part. */
export type ToChild =
  /** The first message, and again when models have come, changed or gone. */
  | ({ readonly kind: "models" } & OfferedModels)
  /** Opens a stream or changes its settings. */
  | {
    readonly kind: "settings";
    readonly stream: StreamKey;
    readonly settings: StreamSettings;
    readonly account: Account;
  }
  | {
    readonly kind: "signal";
    readonly stream: StreamKey;
    readonly signal: StreamSignal;
    /** With an offer: for the connection that answers it. Arguments of a process, all can read. */
    readonly iceServers?: readonly IceServer[];
  }
  /** A message that came over the stream's WebSocket: a frame chunk (binary) or a text. */
  | { readonly kind: "message"; readonly stream: StreamKey; readonly text: string | null }
  | { readonly kind: "close"; readonly stream: StreamKey }
  /** Whether copies of the stream's results are wanted by the parent, for those who watch a room. */
  | { readonly kind: "tap"; readonly stream: StreamKey; readonly on: boolean }
  /** One picture (JPEG, binary) outside any stream. */
  | {
    readonly kind: "detect";
    readonly request: number;
    readonly settings: StreamSettings;
    readonly account: Account;
  };

/** Child → parent, about streams and pictures. */
export type ChildMessage =
  | {
    readonly kind: "opened";
    readonly stream: StreamKey;
    readonly modelId: string;
    readonly runMs: number | null;
  }
  | { readonly kind: "signal"; readonly stream: StreamKey; readonly signal: StreamSignalBack }
  | { readonly kind: "ended"; readonly stream: StreamKey; readonly cause: StreamEndCause }
  /** A text for the stream's WebSocket. */
  | { readonly kind: "message"; readonly stream: StreamKey; readonly text: string }
  /** A copy of a result, for a tap. */
  | { readonly kind: "tapped"; readonly stream: StreamKey; readonly text: string }
  | { readonly kind: "detected"; readonly request: number; readonly result: FrameResultMessage }
  | { readonly kind: "undetected"; readonly request: number; readonly cause: FrameDropCause };

/** Child → parent, with what every child says. `ready`: models are loaded; streams can be opened. */
export type FromChild = ChildMessage | LifeMessage<InferenceTalk>;

/** See {@linkcode ChildTalk}. */
export interface InferenceTalk extends ChildTalk {
  readonly to: ToChild;
  readonly from: ChildMessage;
  readonly facts: InferenceFacts;
  readonly stats: InferenceStats;
  readonly totals: InferenceTotals;
}

/** Frames wait by streams; what is still on its way to a stream that closes is of no use to anybody. */
export const INFERENCE_LANES: LaneRules<ToChild> = {
  laneOf: (message) => message.kind === "message" ? message.stream : null,
  endedBy: (message) => message.kind === "close" ? message.stream : null,
};

/** Messages without which the parent would wait for ever. */
export const ESSENTIAL_MESSAGES: ReadonlySet<FromChild["kind"]> = new Set([
  "ready",
  "unable",
  "opened",
  "ended",
  "signal",
  "detected",
  "undetected",
]);

/** How inference runs, as far as it was found out. */
export interface InferenceFacts {
  readonly executionProvider: string;
  readonly threadsPerSession: number;
  readonly sessions: number;
  /** Whether it is known that this many are best. */
  readonly isCalibrated: boolean;
  /** Warm median run of each model measured so far, ms, by model id. */
  readonly runMs: Readonly<Record<string, number>>;
}

/** What a stream's messages come over. */
export const STREAM_WAYS = ["datachannel", "link", "none"] as const;
/** See {@linkcode STREAM_WAYS}. */
export type StreamWay = (typeof STREAM_WAYS)[number];

/** What of a viewer's negotiation is not taken. `candidate`: an address that has to speak first. */
export type SignalRefusal = OfferRefusal | "candidate";

/** Counters since the child started, and gauges of now. */
export interface InferenceStats {
  readonly streams: number;
  /** Of these, by what the newest message of each came over; `none`: nothing has come yet. */
  readonly ways: Readonly<Record<StreamWay, number>>;
  readonly framesReceived: number;
  readonly framesProcessed: number;
  readonly framesDropped: Readonly<Record<FrameDropCause, number>>;
  /** Messages of a kind that their channel does not carry, or too many of it. */
  readonly messagesRefused: number;
  /** Offers of connections that were not answered, by cause, and candidates that were not used. */
  readonly signalsRefused: Readonly<Record<SignalRefusal, number>>;
  /** Models that were asked for and not loaded: `too-fast` waits, `too-many` ends its stream. */
  readonly modelsRefused: Readonly<Record<"too-fast" | "too-many", number>>;
  /** Results that found their transport full, or gone. */
  readonly resultsUnsent: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** By stage, and `queue`: how long frames waited and how long each stage lasted, ms. */
  readonly stagesMs: Readonly<Record<string, BucketCounts>>;
  /** From a frame's last byte to its detections, ms. */
  readonly frameMs: BucketCounts;
  readonly rssBytes: number;
  /** Processor time of all threads since the process started, ms. */
  readonly cpuMs: number;
  /** How late the event loop was, ms. */
  readonly lagMs: BucketCounts;
  /** Longest stall of the child's event loop since the last heartbeat, ms. */
  readonly maxStallMs: number;
}

/** What of the stats only ever grows; the rest are gauges of now. */
export type InferenceTotals = Omit<
  InferenceStats,
  "streams" | "ways" | "rssBytes" | "maxStallMs"
>;
