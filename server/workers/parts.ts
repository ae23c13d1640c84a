/**
 * Messages between a node and a worker, cut to what NATS carries at once. A part is
 *
 * | offset | type | field                                                         |
 * | ------ | ---- | ------------------------------------------------------------- |
 * | 0      | u8   | {@linkcode PARTS_VERSION}                                       |
 * | 1      | u8   | 1: a message begins · 2: it ends · 4: the session is over       |
 * | 4      | u32  | counts the parts of the session from 0, wraps                 |
 * | 8      | f64  | the session, a whole number                                   |
 * | 16     |      | bytes of the message                                          |
 *
 * Little-endian. NATS keeps the order of what one connection sends, and may lose what is on its way when
 * it goes away: then the count says so.
 */
export const PARTS_VERSION = 1;

const HEADER_BYTES = 16;
const BEGINS = 1;
const ENDS = 2;
const OVER = 4;

/** The longest part: shorter than NATS allows, so that several senders share one connection fairly. */
export const MAX_PART_BYTES = 256 * 1024;

/** One part as it came. */
export interface Part {
  readonly session: number;
  readonly count: number;
  readonly begins: boolean;
  readonly ends: boolean;
  /** The other side knows nothing of this session, or has ended it. */
  readonly isOver: boolean;
  readonly bytes: Uint8Array;
}

/** How many bytes of a message go into one part. */
export function roomInPart(maxPayloadBytes: number): number {
  return Math.min(maxPayloadBytes, MAX_PART_BYTES) - HEADER_BYTES;
}

/** Writes one part. */
export function encodePart(part: Part): Uint8Array {
  const out = new Uint8Array(HEADER_BYTES + part.bytes.length);
  const view = new DataView(out.buffer);
  out[0] = PARTS_VERSION;
  out[1] = (part.begins ? BEGINS : 0) | (part.ends ? ENDS : 0) | (part.isOver ? OVER : 0);
  view.setUint32(4, part.count, true);
  view.setFloat64(8, part.session, true);
  out.set(part.bytes, HEADER_BYTES);
  return out;
}

/** Reads one part; `null`: it is none of this version. */
export function decodePart(data: Uint8Array): Part | null {
  if (data.length < HEADER_BYTES || data[0] !== PARTS_VERSION) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const flags = data[1]!;
  return {
    session: view.getFloat64(8, true),
    count: view.getUint32(4, true),
    begins: (flags & BEGINS) !== 0,
    ends: (flags & ENDS) !== 0,
    isOver: (flags & OVER) !== 0,
    bytes: data.subarray(HEADER_BYTES),
  };
}

/** Puts parts together again, and notices when one is missing. */
export class PartReader {
  readonly #maxBytes: number;
  #next = 0;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  /** @param maxBytes Of a message. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes the next part. @returns The message that it completes; `null`: none yet.
   * @throws {RangeError} If a part is missing, or there is no message of that length.
   */
  push({ count, begins, ends, bytes }: Part): Uint8Array | null {
    if (count !== this.#next) throw new RangeError(`part ${count} in place of ${this.#next}`);
    this.#next = (this.#next + 1) >>> 0;
    // What was begun before was given up by its sender.
    if (begins) this.#drop();
    else if (this.#held.length === 0) throw new RangeError("a message without its beginning");
    if (begins && ends) return bytes;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > this.#maxBytes) throw new RangeError("a message that is too long");
    if (!ends) return null;
    const whole = new Uint8Array(this.#heldBytes);
    let at = 0;
    for (const part of this.#held) {
      whole.set(part, at);
      at += part.length;
    }
    this.#drop();
    return whole;
  }

  #drop(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }
}
