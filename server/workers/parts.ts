import { joinBytes } from "@/protocol";

/**
 * Messages between a node and a worker, cut to what NATS carries at once. A part is
 *
 * | offset | type | field                                                                     |
 * | ------ | ---- | ------------------------------------------------------------------------- |
 * | 0      | u8   | {@linkcode PARTS_VERSION}                                                   |
 * | 1      | u8   | 1: a message begins · 2: it ends · 4: it may not be lost · 8: the session is over |
 * | 2      | u16  | how many messages that may not be lost came before this one, wraps        |
 * | 4      | u32  | counts the parts of the session from 0, wraps                             |
 * | 8      | f64  | the session, a whole number                                               |
 * | 16     |      | bytes of the message; none: only a sign of life                           |
 *
 * Little-endian. NATS keeps the order of what one connection sends, and what is on its way when it goes
 * away is lost: then the counts say of what kind that was.
 */
export const PARTS_VERSION = 1;

const HEADER_BYTES = 16;
const BEGINS = 1;
const ENDS = 2;
const ESSENTIAL = 4;
const OVER = 8;

/** The longest part: shorter than NATS allows, so that several senders share one connection fairly. */
export const MAX_PART_BYTES = 256 * 1024;

/** One part as it came. */
export interface Part {
  readonly session: number;
  readonly count: number;
  /** How many messages before this one may not be lost, of the last 65 536. */
  readonly essentials: number;
  readonly begins: boolean;
  readonly ends: boolean;
  readonly isEssential: boolean;
  /** The other side knows nothing of this session, or has ended it. */
  readonly isOver: boolean;
  readonly bytes: Uint8Array;
}

/** How many bytes of a message go into one part. */
export function roomInPart(maxPayloadBytes: number): number {
  return Math.min(maxPayloadBytes, MAX_PART_BYTES) - HEADER_BYTES;
}

/** The number after this one in a count of 16 bits. */
export function nextEssential(count: number): number {
  return (count + 1) & 0xffff;
}

/** Writes one part. */
export function encodePart(part: Part): Uint8Array {
  const out = new Uint8Array(HEADER_BYTES + part.bytes.length);
  const view = new DataView(out.buffer);
  out[0] = PARTS_VERSION;
  out[1] = (part.begins ? BEGINS : 0) | (part.ends ? ENDS : 0) |
    (part.isEssential ? ESSENTIAL : 0) | (part.isOver ? OVER : 0);
  view.setUint16(2, part.essentials, true);
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
    essentials: view.getUint16(2, true),
    begins: (flags & BEGINS) !== 0,
    ends: (flags & ENDS) !== 0,
    isEssential: (flags & ESSENTIAL) !== 0,
    isOver: (flags & OVER) !== 0,
    bytes: data.subarray(HEADER_BYTES),
  };
}

/** Puts parts together again, and notices when a message is missing that may not be. */
export class PartReader {
  readonly #maxBytes: number;
  #next = 0;
  #essentials = 0;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isHolding = false;

  /** @param maxBytes Of a message. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes the next part that came. @returns The message that it completes; `null`: none yet.
   * @throws {RangeError} If a message is missing that may not be, or one is too long.
   */
  push(part: Part): Uint8Array | null {
    if (part.essentials !== this.#essentials) {
      throw new RangeError(`${part.essentials} in place of ${this.#essentials} messages came`);
    }
    if (part.bytes.length === 0) return null;
    const isNext = part.count === this.#next;
    this.#next = (part.count + 1) >>> 0;
    // What was begun before has lost a part, or was given up by its sender.
    if (part.begins || !isNext) this.#drop();
    this.#isHolding ||= part.begins;
    if (!this.#isHolding) return null;
    this.#held.push(part.bytes);
    this.#heldBytes += part.bytes.length;
    if (this.#heldBytes > this.#maxBytes) throw new RangeError("a message that is too long");
    if (!part.ends) return null;
    const whole = this.#held.length === 1 ? part.bytes : joinBytes(this.#held);
    this.#drop();
    if (part.isEssential) this.#essentials = nextEssential(this.#essentials);
    return whole;
  }

  #drop(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#isHolding = false;
  }
}
