import {
  assertNever,
  type FromClientMessage,
  type FromServerMessage,
  JOIN_TIMEOUT_MS,
  MAX_SIGNAL_BYTES,
  MESSAGE_BURST,
  MESSAGES_PER_SECOND,
  parseFromClient,
  PROTOCOL_VERSION,
  SILENCE_TIMEOUT_MS,
} from "@/protocol";
import { type Bucket, take } from "./rate_limit.ts";
import { closeCodeOf, refusal } from "./refusal.ts";
import type { ConnectionId } from "./room.ts";
import type { SignalCounts } from "./signal_counts.ts";
import type { Visitor } from "./visitor.ts";

/** Bytes that may wait for a slow peer. A trickle of candidates is some kB; this much is a dead one. */
export const MAX_BACKLOG_BYTES = 1024 * 1024;

const RATE = { perSecond: MESSAGES_PER_SECOND, burst: MESSAGE_BURST };

/** What a session needs of the wire below it: a WebSocket, or an event stream. */
export interface Carrier {
  /** Takes one text frame. Never throws; what comes after the end is dropped. */
  send(text: string): void;
  /** Ends the wire after what was sent. `code`: as WebSocket numbers them. */
  close(code: number, reason: string): void;
  /** Bytes taken by `send` and not yet by the network. */
  bufferedBytes(): number;
}

/** What a session needs of the rooms above it. */
export interface SessionEvents {
  /** A message other than a ping that passed every check; the first of a session is its `join`. */
  handle(session: SignalSession, message: FromClientMessage): void;
  /** The session is over. Called once. `left`: on purpose. */
  ended(session: SignalSession, reason: "left" | "lost"): void;
}

/** Times and wires of one session; see {@linkcode SignalSession}. */
export interface SessionOptions {
  readonly id: ConnectionId;
  readonly visitor: Visitor;
  readonly carrier: Carrier;
  readonly events: SessionEvents;
  /** Where its messages and refusals are counted. */
  readonly counts?: SignalCounts;
  /** Ms on a clock that does not go backwards. */
  readonly now: () => number;
}

/**
 * One connection, whatever carries it: sizes, rates, timeouts, versions, and closing behind a fatal
 * error. What it lets through is well-formed; whether it is allowed is the room's business.
 *
 * opened → joined → ended; any fatal error, `leave` or end of the carrier leads to ended.
 */
export class SignalSession {
  /** Names this connection among all of this server. */
  readonly id: ConnectionId;
  /** Who is at the other end. */
  readonly visitor: Visitor;
  readonly #carrier: Carrier;
  readonly #events: SessionEvents;
  readonly #counts: SignalCounts | undefined;
  readonly #now: () => number;
  readonly #openedMs: number;
  #heardMs: number;
  #bucket: Bucket = null;
  #phase: "opened" | "joined" | "ended" = "opened";

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.visitor = options.visitor;
    this.#carrier = options.carrier;
    this.#events = options.events;
    this.#counts = options.counts;
    this.#now = options.now;
    this.#openedMs = this.#heardMs = this.#now();
  }

  /** Whether nothing will be sent or accepted any more. */
  get ended(): boolean {
    return this.#phase === "ended";
  }

  /** Takes one frame as it came off the wire. Never throws, whatever is in it. */
  onText(text: string): void {
    if (this.ended) return;
    this.#heardMs = this.#now();
    const { bucket, waitMs } = take(this.#bucket, RATE, this.#heardMs);
    this.#bucket = bucket;
    if (waitMs > 0) return this.send(refusal("too-fast", { retryAfterMs: waitMs }));
    if (isTooLarge(text)) return this.send(refusal("too-large"));
    const message = parsed(text);
    if (message instanceof Error) {
      return this.send(refusal("bad-message", { message: sentence(message) }));
    }
    this.#accept(message);
  }

  /** The other end sent something other than text. */
  onBinary(): void {
    this.send(refusal("bad-message", { message: "Binary frames are not part of the protocol" }));
  }

  /** The carrier ended by itself. */
  onClose(): void {
    this.#end("lost");
  }

  /** The room accepted the join: the time limit for it no longer runs. */
  markJoined(): void {
    if (this.#phase === "opened") this.#phase = "joined";
  }

  /** Sends one message; ends the session behind a fatal one, or when the peer reads too slowly. */
  send(message: FromServerMessage): void {
    if (this.ended) return;
    if (message.type === "error") this.#counts?.refused(message.code);
    this.#carrier.send(JSON.stringify(message));
    if (message.type === "error" && message.fatal) {
      this.#end("lost");
      this.#carrier.close(closeCodeOf(message.code), message.code);
    } else if (this.#carrier.bufferedBytes() > MAX_BACKLOG_BYTES) {
      this.#end("lost");
      this.#carrier.close(1008, "backlog");
    }
  }

  /** Checks the time limits; to be called about once a second. */
  tick(nowMs: number): void {
    if (this.ended) return;
    if (this.#phase === "opened" && nowMs - this.#openedMs >= JOIN_TIMEOUT_MS) {
      this.send(refusal("timeout", { message: "No join message came in time" }));
    } else if (nowMs - this.#heardMs >= SILENCE_TIMEOUT_MS) {
      this.send(refusal("timeout"));
    }
  }

  #accept(message: FromClientMessage): void {
    if (message.type === "join" && message.version !== PROTOCOL_VERSION) {
      return this.send(refusal("bad-version"));
    }
    if (this.#phase === "opened" && message.type !== "join") {
      return this.send(refusal("bad-message", { message: "The first message must be a join" }));
    }
    this.#counts?.received(message.type);
    switch (message.type) {
      case "ping":
        return this.send({ type: "pong", nonce: message.nonce });
      case "leave":
        // Ended first: a carrier may report its own end as soon as it is closed.
        this.#end("left");
        return this.#carrier.close(1000, "left");
      case "join":
      case "offer":
      case "answer":
      case "ice-candidate":
      case "code-request":
      case "inference":
      case "relay":
        return this.#events.handle(this, message);
      default:
        return assertNever(message);
    }
  }

  #end(reason: "left" | "lost"): void {
    if (this.ended) return;
    this.#phase = "ended";
    this.#events.ended(this, reason);
  }
}

function parsed(text: string): FromClientMessage | Error {
  try {
    return parseFromClient(text);
  } catch (error) {
    return error as Error;
  }
}

/** Names the field at fault. A JSON error is not passed on: it quotes what it could not read. */
function sentence(error: Error): string {
  return error instanceof TypeError ? error.message.slice(0, 200) : "The message is not JSON";
}

/** A UTF-16 unit is one to three bytes of UTF-8, so most texts need not be encoded to be measured. */
function isTooLarge(text: string): boolean {
  if (text.length > MAX_SIGNAL_BYTES) return true;
  if (text.length * 3 <= MAX_SIGNAL_BYTES) return false;
  return new TextEncoder().encode(text).byteLength > MAX_SIGNAL_BYTES;
}
