/** Why a client's bytes are not taken; see RFC 6455 section 7.4.1 for what each is closed with. */
export type MessageFault = "text" | "protocol" | "too-large";

/** Whom a {@linkcode MessageReader} asks and tells. */
export interface MessageEvents {
  /** Longest message at this moment. */
  maxBytes(): number;
  /** Whether so many more bytes may be kept until the message is whole. */
  mayKeep(bytes: number): boolean;
  /** A whole binary message; its bytes are the receiver's to keep. Nothing of it is kept any more. */
  message(bytes: Uint8Array): void;
  /** There is no room for a message: what has come of it is dropped, and what still comes. */
  dropped(): void;
  ping(payload: Uint8Array): void;
  /** The client ends it. */
  closed(): void;
  /** Nothing more will be read. */
  fault(fault: MessageFault): void;
}

const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

const MAX_CONTROL_BYTES = 125;
const FIRST_BYTES = 1024;

/**
 * Reads what a client sends on a WebSocket (RFC 6455 section 5), however it is cut, and keeps no
 * more of a message than may be of it. Ours are binary: a text is refused at its first byte. Pure.
 *
 * Deno's own keeps a message until it is whole, however long it gets, and tells nobody before.
 */
export class MessageReader {
  readonly #events: MessageEvents;
  /** Head of the frame that is being read. */
  readonly #head = new Uint8Array(14);
  #headBytes = 0;
  /** Of that frame: what is still to come of its payload; `null`: its head is not whole. */
  #leftBytes: number | null = null;
  #maskAt = 0;
  /** Of the message under assembly: its bytes, in a buffer that grows as they come. */
  #message = new Uint8Array(0);
  #messageBytes = 0;
  #isWithin = false;
  /** The message under assembly is read away. */
  #isDropping = false;
  /** Of a control frame, which may come between the frames of a message. */
  readonly #control = new Uint8Array(MAX_CONTROL_BYTES);
  #controlBytes = 0;
  #isOver = false;

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** Takes what has come. Never throws. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.#isOver;) {
      if (this.#leftBytes === null) {
        this.#head[this.#headBytes++] = chunk[at++]!;
        if (this.#headBytes >= 2 && this.#headBytes === headLength(this.#head)) this.#begin();
        continue;
      }
      const part = chunk.subarray(at, at + this.#leftBytes);
      at += part.length;
      this.#leftBytes -= part.length;
      this.#unmask(part);
      if (this.#leftBytes === 0 && !this.#isOver) this.#end();
    }
  }

  get #opcode(): number {
    return this.#head[0]! & 0x0f;
  }

  get #isLast(): boolean {
    return (this.#head[0]! & 0x80) !== 0;
  }

  /** The head of a frame is whole. */
  #begin(): void {
    const opcode = this.#opcode;
    const lengthBytes = payloadLength(this.#head);
    const isMasked = (this.#head[1]! & 0x80) !== 0;
    const isReserved = (this.#head[0]! & 0x70) !== 0;
    if (!isMasked || isReserved) return this.#fail("protocol");
    if (opcode >= CLOSE) {
      const isKnown = opcode === CLOSE || opcode === PING || opcode === PONG;
      if (!isKnown || !this.#isLast || lengthBytes > MAX_CONTROL_BYTES) {
        return this.#fail("protocol");
      }
      this.#controlBytes = 0;
    } else {
      if (opcode === TEXT) return this.#fail("text");
      const isExpected = this.#isWithin ? opcode === CONTINUATION : opcode === BINARY;
      if (!isExpected) return this.#fail("protocol");
      this.#isWithin = true;
      // Before a byte of it is taken: it says itself how long it will get.
      if (this.#messageBytes + lengthBytes > this.#events.maxBytes()) {
        return this.#fail("too-large");
      }
    }
    this.#leftBytes = lengthBytes;
    this.#maskAt = 0;
    if (lengthBytes === 0) this.#end();
  }

  #unmask(part: Uint8Array): void {
    const isControl = this.#opcode >= CLOSE;
    if (!isControl && !this.#isDropping && !this.#makeRoom(part.length)) this.#drop();
    if (!isControl && this.#isDropping) {
      this.#messageBytes += part.length;
      return;
    }
    const target = isControl ? this.#control : this.#message;
    const start = isControl ? this.#controlBytes : this.#messageBytes;
    const mask = this.#head.subarray(this.#headBytes - 4, this.#headBytes);
    for (let at = 0; at < part.length; at++) {
      target[start + at] = part[at]! ^ mask[(this.#maskAt + at) & 3]!;
    }
    this.#maskAt = (this.#maskAt + part.length) & 3;
    if (isControl) this.#controlBytes += part.length;
    else this.#messageBytes += part.length;
  }

  #makeRoom(bytes: number): boolean {
    const wanted = this.#messageBytes + bytes;
    const { length } = this.#message;
    if (wanted <= length) return true;
    const grown = Math.max(wanted, Math.min(length * 2, this.#events.maxBytes()), FIRST_BYTES);
    if (!this.#events.mayKeep(grown - length)) return false;
    const message = new Uint8Array(grown);
    message.set(this.#message.subarray(0, this.#messageBytes));
    this.#message = message;
    return true;
  }

  #drop(): void {
    this.#isDropping = true;
    this.#message = new Uint8Array(0);
    this.#events.dropped();
  }

  /** A frame is whole. */
  #end(): void {
    const opcode = this.#opcode;
    const isLast = this.#isLast;
    this.#headBytes = 0;
    this.#leftBytes = null;
    if (opcode === CLOSE) {
      this.#isOver = true;
      return this.#events.closed();
    }
    if (opcode === PING) return this.#events.ping(this.#control.slice(0, this.#controlBytes));
    if (opcode === PONG || !isLast) return;
    const bytes = this.#message.subarray(0, this.#messageBytes);
    const isWhole = !this.#isDropping;
    this.#message = new Uint8Array(0);
    this.#messageBytes = 0;
    this.#isWithin = this.#isDropping = false;
    if (isWhole) this.#events.message(bytes);
  }

  #fail(fault: MessageFault): void {
    this.#isOver = true;
    this.#message = new Uint8Array(0);
    this.#events.fault(fault);
  }
}

/** A frame of the server's, which has no mask. @param opcode Of a whole message or a control frame. */
export function encodeMessage(opcode: 2 | 8 | 9 | 10, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const headBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = new Uint8Array(headBytes + length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  if (headBytes === 2) frame[1] = length;
  else if (headBytes === 4) {
    frame[1] = 126;
    view.setUint16(2, length);
  } else {
    frame[1] = 127;
    view.setBigUint64(2, BigInt(length));
  }
  frame.set(payload, headBytes);
  return frame;
}

/** Of a head of which two bytes are there. */
function headLength(head: Uint8Array): number {
  const short = head[1]! & 0x7f;
  const masked = (head[1]! & 0x80) !== 0 ? 4 : 0;
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + masked;
}

function payloadLength(head: Uint8Array): number {
  const view = new DataView(head.buffer);
  const short = head[1]! & 0x7f;
  if (short === 126) return view.getUint16(2);
  return short === 127 ? Number(view.getBigUint64(2)) : short;
}
