import { joinBytes } from "@/protocol";

/**
 * What the server (parent) and a process of its own (child) say to each other, over the child's
 * standard input and output. Both ends are ours and of one version, so nothing is validated here
 * beyond lengths; what came from the network was validated where it came in.
 *
 * One message: `u32` length of the rest, `u32` length of the JSON, JSON, then the binary part, if any.
 * Numbers are little-endian.
 */

/** The child says that it is alive this often. */
export const HEARTBEAT_MS = 250;

/** A child that has been silent for this long is hung: native code cannot be interrupted, only killed. */
export const HEARTBEAT_TIMEOUT_MS = 1_500;

/** Longest message in either direction: the longest JPEG with its JSON. */
export const MAX_IPC_BYTES = 4 * 1024 * 1024;

/** What every message has: a name that says which one it is. */
export interface Message {
  readonly kind: string;
}

/** What one kind of child and the server say to each other; a type parameter, never a value. */
export interface ChildTalk {
  /** Parent → child. */
  readonly to: Message;
  /** Child → parent, besides {@linkcode LifeMessage}. */
  readonly from: Message;
  /** What a child finds out of this machine when it starts, or later. */
  readonly facts: unknown;
  /** What a heartbeat carries. */
  readonly stats: unknown;
  /** Which of these only ever grow, and are summed over one child and the next. */
  readonly totals: unknown;
}

/** What every child says of itself. */
export type LifeMessage<Talk extends ChildTalk> =
  /** It can be used from now on. */
  | { readonly kind: "ready"; readonly facts: Talk["facts"] }
  /** What was found out since. */
  | { readonly kind: "facts"; readonly facts: Talk["facts"] }
  /** Cannot start, in words for the log and the screen; the child exits after it. */
  | { readonly kind: "unable"; readonly message: string }
  /** Every {@linkcode HEARTBEAT_MS}. */
  | { readonly kind: "heartbeat"; readonly stats: Talk["stats"] & Talk["totals"] }
  | {
    readonly kind: "log";
    readonly level: "debug" | "info" | "warn" | "error";
    readonly event: string;
    readonly fields: Readonly<Record<string, unknown>>;
  };

/** A decoded message. `binary` is a copy and the receiver's to keep; empty when there is none. */
export interface IpcMessage<T> {
  readonly json: T;
  readonly binary: Uint8Array<ArrayBuffer>;
}

const NOTHING = new Uint8Array(0);

/** Writes one message. */
export function encodeIpc(
  json: Message,
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
export async function* decodeIpc<T extends Message>(
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
    rest = pending.length === 1 ? chunk : joinBytes(pending);
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

/**
 * Reads bytes that are one message.
 * @throws {RangeError} If they are not.
 */
export function readIpc<T extends Message>(bytes: Uint8Array): IpcMessage<T> {
  if (lengthOf(bytes) !== bytes.length - 4) {
    throw new RangeError(`Cannot read message: ${bytes.length} bytes`);
  }
  return decodeOne<T>(bytes.subarray(4));
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
