import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Share } from "./places.ts";
import { encodeMessage, type MessageFault, MessageReader } from "./websocket_messages.ts";

/** RFC 6455 section 1.3. */
const KEY_SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Of the WebSocket protocol: the only one there is. */
const VERSION = "13";

/** One that was closed and is not let go by its client is cut off after this. */
const CLOSING_MS = 2_000;

/** With more than this waiting for a client its pings are not answered. */
const MAX_PONG_BACKLOG_BYTES = 64 * 1024;

const BINARY = 2;
const CLOSE = 8;
const PONG = 10;

/** Who is at the server's end of a WebSocket. */
export interface SocketEvents {
  /** Longest message at this moment. */
  maxBytes(): number;
  message(bytes: Uint8Array): void;
  /** One was not taken, as too much is half read already. */
  dropped(): void;
  /** What came is not taken, and nothing after it. The socket is to be closed. */
  fault(fault: MessageFault): void;
  /** The client has ended it, or it is gone. Called once. */
  closed(): void;
}

/** The server's end of one WebSocket, with a bound on what is kept of a message that is not whole. */
export class ServerSocket {
  readonly #stream: Duplex;
  readonly #cut: () => void;
  #isClosing = false;

  /** @param head What came with the request already. */
  constructor(
    stream: Duplex,
    { head, share, events, cut }: {
      readonly head: Uint8Array;
      readonly share: Share;
      /** Ends the connection at once. */
      readonly cut: () => void;
      readonly events: SocketEvents;
    },
  ) {
    this.#stream = stream;
    this.#cut = cut;
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      this.#isClosing = true;
      share.free();
      events.closed();
    };
    const reader = new MessageReader({
      maxBytes: () => events.maxBytes(),
      mayKeep: (bytes) => share.take(bytes),
      message: (bytes) => {
        share.free();
        if (!this.#isClosing) events.message(bytes);
      },
      dropped: () => {
        share.free();
        if (!this.#isClosing) events.dropped();
      },
      // One who does not read answers gets none to pile up.
      ping: (payload) =>
        this.bufferedBytes < MAX_PONG_BACKLOG_BYTES && this.#write(encodeMessage(PONG, payload)),
      closed: () => {
        this.close(1000, "");
        // What is said from now on goes to nobody: not a moment later.
        over();
        stream.end(() => stream.destroy());
      },
      fault: (fault) => {
        share.free();
        if (!this.#isClosing) events.fault(fault);
      },
    });
    stream.on("data", (chunk: Uint8Array) => reader.push(chunk));
    stream.on("end", () => stream.destroy());
    // Followed by `close`.
    stream.on("error", () => {});
    stream.on("close", over);
    // Not before whoever made it has it.
    queueMicrotask(() => reader.push(head));
  }

  /** Bytes taken by `send` and not yet by the network. */
  get bufferedBytes(): number {
    return this.#stream.writableLength;
  }

  /** Sends a binary message; what comes after the end is dropped. */
  send(bytes: Uint8Array): void {
    this.#write(encodeMessage(BINARY, bytes));
  }

  /** Ends it behind what was sent. */
  close(code: number, reason: string): void {
    if (this.#isClosing) return;
    const text = new TextEncoder().encode(reason).subarray(0, 123);
    const payload = new Uint8Array(2 + text.length);
    new DataView(payload.buffer).setUint16(0, code);
    payload.set(text, 2);
    this.#write(encodeMessage(CLOSE, payload));
    this.#isClosing = true;
    const late = setTimeout(this.#cut, CLOSING_MS);
    this.#stream.once("close", () => clearTimeout(late));
    this.#stream.end();
  }

  #write(frame: Uint8Array): void {
    if (!this.#isClosing && !this.#stream.destroyed) this.#stream.write(frame);
  }
}

/** The head of the answer that accepts an upgrade; `null`: it asks for none (RFC 6455 section 4.2.1). */
export function upgradeHead({ method, headers }: Request): string | null {
  const key = headers.get("sec-websocket-key") ?? "";
  const isAsked = method === "GET" && headers.get("upgrade")?.toLowerCase() === "websocket" &&
    headers.get("sec-websocket-version") === VERSION && /^[A-Za-z0-9+/]{22}==$/.test(key);
  if (!isAsked) return null;
  const accept = createHash("sha1").update(key + KEY_SALT).digest("base64");
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${accept}\r\n\r\n`;
}
