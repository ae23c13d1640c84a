// This module is browser compatible.
import { MAX_RELAY_FRAME_BYTES } from "./relay_frame.ts";

/**
 * Messages of a relay's wire as a stream of bytes, where no WebSocket gets through. Each is a record:
 * u8 kind (0 nothing, 1 text, 2 binary), u32 length, little-endian, and that many bytes.
 */
export const RECORD_HEADER_BYTES = 5;

const KIND = { nothing: 0, text: 1, binary: 2 } as const;

/** Keeps a stream open that is silent. */
export const EMPTY_RECORD: Uint8Array<ArrayBuffer> = new Uint8Array(RECORD_HEADER_BYTES);

/** One message as a record. */
export function encodeRecord(message: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const isText = typeof message === "string";
  const bytes = isText ? new TextEncoder().encode(message) : message;
  const record = new Uint8Array(RECORD_HEADER_BYTES + bytes.length);
  record[0] = isText ? KIND.text : KIND.binary;
  new DataView(record.buffer).setUint32(1, bytes.length, true);
  record.set(bytes, RECORD_HEADER_BYTES);
  return record;
}

/** Takes records out of bytes that come in pieces of any size. */
export class RecordReader {
  readonly #onMessage: (message: string | Uint8Array<ArrayBuffer>) => void;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /** @param onMessage Called for each message, in order. */
  constructor(onMessage: (message: string | Uint8Array<ArrayBuffer>) => void) {
    this.#onMessage = onMessage;
  }

  /** Whether a record has begun that has not ended. */
  get isWithin(): boolean {
    return this.#rest.length > 0;
  }

  /** Takes the next piece. @throws {RangeError} If it holds no record of ours, or a longer one. */
  push(piece: Uint8Array): void {
    let bytes: Uint8Array<ArrayBuffer> = new Uint8Array(this.#rest.length + piece.length);
    bytes.set(this.#rest);
    bytes.set(piece, this.#rest.length);
    while (bytes.length >= RECORD_HEADER_BYTES) {
      const length = lengthOf(bytes);
      const end = RECORD_HEADER_BYTES + length;
      if (bytes.length < end) break;
      const body = bytes.slice(RECORD_HEADER_BYTES, end);
      if (bytes[0] === KIND.text) this.#onMessage(new TextDecoder().decode(body));
      else if (bytes[0] === KIND.binary) this.#onMessage(body);
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes.slice();
  }
}

function lengthOf(bytes: Uint8Array<ArrayBuffer>): number {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true);
  const kind = bytes[0]!;
  const isKnown = kind === KIND.text || kind === KIND.binary || (kind === KIND.nothing && !length);
  if (isKnown && length <= MAX_RELAY_FRAME_BYTES) return length;
  throw new RangeError(`Cannot read record: kind ${kind}, ${length} bytes`);
}
