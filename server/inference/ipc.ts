import type {
  FrameDropCause,
  FrameResultMessage,
  FromStreamMessage,
  IceServer,
  StreamEndCause,
  StreamSettings,
  ToStreamMessage,
} from "@/protocol";
import type { BucketCounts } from "../base/bucket_counts.ts";
import type { Account } from "./account.ts";
import type { OfferedModels } from "./model_store.ts";

/**
 * What the control plane (parent) and the data plane (child process) say to each other, over the
 * child's standard input and output. Both ends are ours and of one version, so nothing is validated
 * here beyond lengths; what came from the network was validated where it came in, except frames,
 * which only the child looks into.
 *
 * One message: `u32` length of the rest, `u32` length of the JSON, JSON, then the binary part, if any.
 * Numbers are little-endian.
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
  { kind: "answer" | "ice-candidate" }
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

/** Child → parent. */
export type FromChild =
  /** Models are loaded; streams can be opened. */
  | { readonly kind: "ready"; readonly facts: InferenceFacts }
  /** What was found out since: how many lanes are best. */
  | { readonly kind: "facts"; readonly facts: InferenceFacts }
  /** Cannot start, in words for the log and the screen; the child exits after it. */
  | { readonly kind: "unable"; readonly message: string }
  /** Every {@linkcode HEARTBEAT_MS}. */
  | { readonly kind: "heartbeat"; readonly stats: InferenceStats }
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
  | { readonly kind: "undetected"; readonly request: number; readonly cause: FrameDropCause }
  | {
    readonly kind: "log";
    readonly level: "debug" | "info" | "warn" | "error";
    readonly event: string;
    readonly fields: Readonly<Record<string, unknown>>;
  };

/** The child says that it is alive this often. */
export const HEARTBEAT_MS = 250;

/** A child that has been silent for this long is hung: native code cannot be interrupted, only killed. */
export const HEARTBEAT_TIMEOUT_MS = 1_500;

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

/**
 * What of a viewer's negotiation is not taken. `no-port`: no UDP port is left; the stream's frames come
 * over the link. `candidate`: an address that has to speak first.
 */
export type SignalRefusal = "no-port" | "bad-offer" | "too-fast" | "candidate";

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

/** Longest message in either direction: the longest JPEG with its JSON. */
export const MAX_IPC_BYTES = 4 * 1024 * 1024;

/** A decoded message. `binary` is a copy and the receiver's to keep; empty when there is none. */
export interface IpcMessage<T> {
  readonly json: T;
  readonly binary: Uint8Array<ArrayBuffer>;
}

const NOTHING = new Uint8Array(0);

/** Writes one message. */
export function encodeIpc(
  json: ToChild | FromChild,
  binary: Uint8Array = NOTHING,
): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(json));
  const message = new Uint8Array(8 + text.length + binary.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, 4 + text.length + binary.length, true);
  view.setUint32(4, text.length, true);
  message.set(text, 8);
  message.set(binary, 8 + text.length);
  return message;
}

/**
 * Reads messages from a stream of bytes, however it is cut.
 * @throws {RangeError} If a length is impossible: the other end is broken, and so is the stream.
 */
export async function* decodeIpc<T extends ToChild | FromChild>(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<IpcMessage<T>> {
  let rest: Uint8Array = NOTHING;
  const pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let wantedBytes = 4;
  for await (const chunk of bytes) {
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes < wantedBytes) continue;
    rest = concat(pending, pendingBytes);
    for (;;) {
      const length = lengthOf(rest);
      wantedBytes = length === null ? 4 : 4 + length;
      if (rest.length < wantedBytes || length === null) break;
      yield decodeOne<T>(rest.subarray(4, wantedBytes));
      rest = rest.subarray(wantedBytes);
    }
    pending.length = 0;
    pending.push(rest);
    pendingBytes = rest.length;
  }
}

function lengthOf(bytes: Uint8Array): number | null {
  if (bytes.length < 4) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (length >= 4 && length <= MAX_IPC_BYTES) return length;
  throw new RangeError(`Cannot read message: length ${length}`);
}

function decodeOne<T>(body: Uint8Array): IpcMessage<T> {
  const jsonBytes = new DataView(body.buffer, body.byteOffset).getUint32(0, true);
  if (jsonBytes > body.length - 4) {
    throw new RangeError(`Cannot read message: JSON of ${jsonBytes}`);
  }
  const json = JSON.parse(new TextDecoder().decode(body.subarray(4, 4 + jsonBytes)));
  return { json, binary: body.slice(4 + jsonBytes) as Uint8Array<ArrayBuffer> };
}

function concat(parts: readonly Uint8Array[], lengthBytes: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(lengthBytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
