// This module is browser compatible.
import * as v from "valibot";
import { FRAME_HEADER_BYTES, MAX_JPEG_BYTES } from "./frame.ts";

/**
 * Everything between a page and the server is made of records, on every transport: one to a message
 * of a WebSocket, one behind the other in a streamed answer and in POSTs. Little-endian:
 *
 * | offset | type | field |
 * |---|---|---|
 * | 0 | u16 | topic |
 * | 2 | u8 | kind: 0 nothing, 1 text, 2 bytes |
 * | 3 | u8 | 0 |
 * | 4 | u32 | bytes that follow |
 * | 8 | … | text in UTF-8, or bytes |
 */
export const RECORD_HEADER_BYTES = 8;

/** What is said of the link and of the room: messages of `signal.ts`. Others are given on it. */
export const LINK_TOPIC = 0;

/** Largest number of a topic. */
export const MAX_TOPIC = 0xffff;

/** A topic that was given on the link. */
export const topicSchema = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(LINK_TOPIC + 1),
  v.maxValue(MAX_TOPIC),
);

/** Longest content of a record: the longest frame in one chunk. */
export const MAX_RECORD_BYTES = FRAME_HEADER_BYTES + MAX_JPEG_BYTES;

/** Where the server takes links: a WebSocket; or a streamed answer, and POSTs beside it. */
export const LINK_PATHS = {
  socket: "/api/link",
  stream: "/api/link/stream",
  send: "/api/link/send",
} as const;

/** Names the link of a POST; the streamed answer has it too. A secret. */
export const LINK_HEADER = "X-Peerlens-Link";

const KIND = { nothing: 0, text: 1, bytes: 2 } as const;

/** The content of a record. */
export type RecordData = string | Uint8Array<ArrayBuffer>;

/** One record. */
export interface LinkRecord {
  readonly topic: number;
  readonly data: RecordData;
}

/** Says nothing: keeps a stream open that is silent. */
export const EMPTY_RECORD: Uint8Array<ArrayBuffer> = new Uint8Array(RECORD_HEADER_BYTES);

/** Writes one record. */
export function encodeRecord(topic: number, data: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const isText = typeof data === "string";
  const bytes = isText ? new TextEncoder().encode(data) : data;
  const record = new Uint8Array(RECORD_HEADER_BYTES + bytes.length);
  const view = new DataView(record.buffer);
  view.setUint16(0, topic, true);
  view.setUint8(2, isText ? KIND.text : KIND.bytes);
  view.setUint32(4, bytes.length, true);
  record.set(bytes, RECORD_HEADER_BYTES);
  return record;
}

/** Takes records out of bytes that come in pieces of any size. */
export class RecordReader {
  readonly #maxBytes: number;
  readonly #onRecord: (record: LinkRecord) => void;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /**
   * @param maxBytes Of the content of one record.
   * @param onRecord Called for each, in order; not for those that say nothing.
   */
  constructor(maxBytes: number, onRecord: (record: LinkRecord) => void) {
    this.#maxBytes = maxBytes;
    this.#onRecord = onRecord;
  }

  /** Whether a record has begun that has not ended. */
  get isWithin(): boolean {
    return this.#rest.length > 0;
  }

  /**
   * Takes the next piece.
   * @throws {RangeError} If a record is too long. @throws {TypeError} If it is none of ours.
   */
  push(piece: Uint8Array): void {
    let bytes: Uint8Array<ArrayBuffer> = new Uint8Array(this.#rest.length + piece.length);
    bytes.set(this.#rest);
    bytes.set(piece, this.#rest.length);
    this.#rest = new Uint8Array(0);
    while (bytes.length >= RECORD_HEADER_BYTES) {
      const { topic, kind, length } = this.#headOf(bytes);
      const end = RECORD_HEADER_BYTES + length;
      if (bytes.length < end) break;
      const content = bytes.slice(RECORD_HEADER_BYTES, end);
      if (kind === KIND.text) this.#onRecord({ topic, data: textOf(content) });
      else if (kind === KIND.bytes) this.#onRecord({ topic, data: content });
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes.slice();
  }

  #headOf(bytes: Uint8Array<ArrayBuffer>) {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const topic = view.getUint16(0, true);
    const kind = view.getUint8(2);
    const length = view.getUint32(4, true);
    const isNothing = kind === KIND.nothing && topic === 0 && length === 0;
    if (view.getUint8(3) !== 0 || !(isNothing || kind === KIND.text || kind === KIND.bytes)) {
      throw new TypeError(`Cannot read record: kind ${kind}`);
    }
    if (length > this.#maxBytes) throw new RangeError(`Cannot read record: ${length} bytes`);
    return { topic, kind, length };
  }
}

/**
 * Reads a message that is one whole record; `null`: it says nothing.
 * @throws {RangeError} If it is too long. @throws {TypeError} If it is no record, or more than one.
 */
export function decodeRecord(message: Uint8Array, maxBytes: number): LinkRecord | null {
  const records: LinkRecord[] = [];
  const reader = new RecordReader(maxBytes, (record) => records.push(record));
  reader.push(message);
  if (reader.isWithin || message.length === 0 || records.length > 1) {
    throw new TypeError("Cannot read record: it is not one whole one");
  }
  return records[0] ?? null;
}

function textOf(bytes: Uint8Array): string {
  // A text that is no UTF-8 is not ours; nothing is to be made up in its place.
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}
