import { joinBytes } from "@/protocol";

/** What the encoder's stream holds: first how to decode, then access units in the order of their pts. */
export type FlvItem =
  | { readonly kind: "config"; readonly sps: Uint8Array; readonly pps: Uint8Array }
  | {
    readonly kind: "unit";
    /** Presentation time, ms of the encoder's clock. */
    readonly ptsMs: number;
    readonly isKey: boolean;
    /** NAL units, each behind its length as a big-endian `u32`. A view of what was pushed last. */
    readonly nals: Uint8Array;
  };

/** A longer tag is none of our encoder's: a key frame of 720p has some 300 KB. */
export const MAX_TAG_BYTES = 4 * 1024 * 1024;

const HEADER_BYTES = 9;
const TAG_HEADER_BYTES = 11;
const TAG_TRAILER_BYTES = 4;
const VIDEO_TAG = 9;
const KEY_FRAME = 1;
const AVC = 7;
/** Kind of packet, and composition time. */
const AVC_HEADER_BYTES = 5;

/**
 * Reads FLV with H.264, however it is cut. A unit is given out with its last byte: the tag says its length
 * before. Tags of other kinds are passed over.
 * Source: Adobe, Video File Format Specification, version 10.1, annex E.
 */
export class FlvParser {
  #rest: Uint8Array = new Uint8Array(0);
  /** Bytes of what stands before the next tag. */
  #skip = 0;
  #hasHeader = false;

  /**
   * Takes the next bytes and gives out what they complete.
   * @throws {RangeError} If this is no FLV with H.264: the stream cannot be read on.
   */
  push(bytes: Uint8Array): FlvItem[] {
    const items: FlvItem[] = [];
    this.#rest = this.#rest.length === 0 ? bytes : joinBytes([this.#rest, bytes]);
    for (;;) {
      if (this.#skip > this.#rest.length) break;
      this.#rest = this.#rest.subarray(this.#skip);
      this.#skip = 0;
      if (!this.#hasHeader) {
        if (this.#rest.length < HEADER_BYTES) break;
        this.#skip = headerBytes(this.#rest) + TAG_TRAILER_BYTES;
        this.#hasHeader = true;
        continue;
      }
      if (this.#rest.length < TAG_HEADER_BYTES) break;
      const bodyBytes = u24(this.#rest, 1);
      if (bodyBytes > MAX_TAG_BYTES) throw new RangeError(`Cannot read FLV: a tag of ${bodyBytes}`);
      const end = TAG_HEADER_BYTES + bodyBytes;
      if (this.#rest.length < end) break;
      const item = readTag(this.#rest.subarray(0, end));
      if (item !== null) items.push(item);
      this.#skip = end + TAG_TRAILER_BYTES;
      // The trailer of the newest tag may be under way; the unit is complete without it.
      if (this.#skip > this.#rest.length) {
        this.#skip -= this.#rest.length;
        this.#rest = this.#rest.subarray(this.#rest.length);
        break;
      }
    }
    // What was given out are views of the same memory; what is left is kept apart from the caller's.
    this.#rest = this.#rest.slice();
    return items;
  }
}

function headerBytes(bytes: Uint8Array): number {
  const isFlv = bytes[0] === 0x46 && bytes[1] === 0x4c && bytes[2] === 0x56;
  const length = isFlv ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(5) : 0;
  if (length >= HEADER_BYTES && length <= 1024) return length;
  throw new RangeError("Cannot read FLV: it does not begin as one");
}

function readTag(tag: Uint8Array): FlvItem | null {
  if ((tag[0]! & 0x1f) !== VIDEO_TAG) return null;
  const body = tag.subarray(TAG_HEADER_BYTES);
  if (body.length < AVC_HEADER_BYTES) return null;
  if ((body[0]! & 0x0f) !== AVC) throw new RangeError("Cannot read FLV: its video is not H.264");
  const data = body.subarray(AVC_HEADER_BYTES);
  if (body[1] === 0) return readConfig(data);
  if (body[1] !== 1) return null;
  const dtsMs = (u24(tag, 4) | (tag[7]! << 24)) >>> 0;
  // Signed, 24 bits.
  const compositionMs = (u24(body, 2) << 8) >> 8;
  return {
    kind: "unit",
    ptsMs: dtsMs + compositionMs,
    isKey: body[0]! >> 4 === KEY_FRAME,
    nals: data,
  };
}

/** AVCDecoderConfigurationRecord, ISO/IEC 14496-15 section 5.3.3. */
function readConfig(record: Uint8Array): FlvItem {
  const lengthBytes = (record[4]! & 3) + 1;
  const sps = record.length >= 8 ? parameterSet(record, 6) : null;
  const pps = sps === null ? null : parameterSet(record, 6 + 2 + sps.length + 1);
  if (sps === null || pps === null || lengthBytes !== 4 || (record[5]! & 31) !== 1) {
    throw new RangeError("Cannot read FLV: its H.264 is set up in a way that is not known here");
  }
  return { kind: "config", sps: sps.slice(), pps: pps.slice() };
}

function parameterSet(record: Uint8Array, at: number): Uint8Array | null {
  if (record.length < at + 2) return null;
  const end = at + 2 + ((record[at]! << 8) | record[at + 1]!);
  return end <= record.length && end > at + 2 ? record.subarray(at + 2, end) : null;
}

function u24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}
