import {
  decodeRecord,
  encodeRecord,
  type FromClientMessage,
  type FromServerMessage,
  LINK_TOPIC,
  type LinkRecord,
  MAX_RECORD_BYTES,
  MAX_RELAY_FRAME_BYTES,
  MAX_SIGNAL_BYTES,
  RECORD_HEADER_BYTES,
  type RecordData,
  RecordReader,
  type Role,
  type SignalErrorCode,
} from "@/protocol";
import {
  MAX_BODY_BESIDE_BYTES,
  MAX_BULK_BACKLOG_BYTES,
  MAX_CONTROL_BACKLOG_BYTES,
  MAX_CONTROL_BODY_BYTES,
} from "./limits.ts";
import { type LinkInput, openedLink, stepLink } from "./link_state.ts";
import { closeCodeOf, refusal, type RefusalDetails } from "./refusal.ts";
import type { SignalCounts } from "./signal_counts.ts";
import type { Visitor } from "../base/visitor.ts";

/** Names one link for as long as the server lives. Never sent to anybody. */
export type ConnectionId = number;

/** What carries a link: a WebSocket; or a streamed answer, and POSTs. */
export interface Transport {
  /** Takes one record. Never throws; what comes after the end is dropped. */
  send(record: Uint8Array<ArrayBuffer>): void;
  /** Ends it after what was sent. `code`: as WebSocket numbers them. */
  close(code: number, reason: string): void;
  /** Bytes taken by `send` and not yet by the network. */
  bufferedBytes(): number;
}

/** Whom a session tells. */
export interface SessionEvents {
  /** A message other than a ping that passed every check; the first says who it is. */
  handle(session: LinkSession, message: FromClientMessage): void;
  /** A record of a topic of a bulk link. Answers why the link is to be closed for it, or `null`. */
  data(session: LinkSession, record: LinkRecord): SignalErrorCode | null;
  /** It is over. Called once. `left`: on purpose. */
  ended(session: LinkSession, reason: "left" | "lost"): void;
}

/** What a session is made of. */
export interface SessionOptions {
  readonly id: ConnectionId;
  readonly visitor: Visitor;
  readonly transport: Transport;
  readonly events: SessionEvents;
  /** Where its messages and refusals are counted. */
  readonly counts?: SignalCounts;
  /** Ms on a clock that does not go backwards. */
  readonly now: () => number;
}

/** The server's end of one link, whatever carries it. What is decided is decided by `stepLink()`. */
export class LinkSession {
  readonly id: ConnectionId;
  /** Who is at the other end. */
  readonly visitor: Visitor;
  readonly #options: SessionOptions;
  #state: ReturnType<typeof openedLink>;
  #maxRecordBytes = MAX_SIGNAL_BYTES;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.visitor = options.visitor;
    this.#options = options;
    this.#state = openedLink(options.now());
  }

  /** Whether nothing will be sent or accepted any more. */
  get ended(): boolean {
    return this.#state.phase === "ended";
  }

  /** Longest body of a POST. */
  get maxBodyBytes(): number {
    if (this.#state.phase !== "bulk") return MAX_CONTROL_BODY_BYTES;
    return this.#maxRecordBytes + MAX_BODY_BESIDE_BYTES;
  }

  /** Longest message on a WebSocket: one record. */
  get maxMessageBytes(): number {
    return RECORD_HEADER_BYTES + this.#maxRecordBytes;
  }

  /** Bytes that wait for the page. */
  get bufferedBytes(): number {
    return this.#options.transport.bufferedBytes();
  }

  /** It said who it is, and that is so: the time limit for it no longer runs. */
  accept(as: "control" | "bulk", role: Role): void {
    this.#step({ kind: "accepted", as });
    // A phone sends relayed pictures and nothing longer.
    if (as === "bulk") {
      this.#maxRecordBytes = role === "phone" ? MAX_RELAY_FRAME_BYTES : MAX_RECORD_BYTES;
    }
  }

  /** Takes a message that is to be one whole record. Never throws, whatever is in it. */
  receive(message: Uint8Array): void {
    this.#read(() => {
      const record = decodeRecord(message, this.#maxRecordBytes);
      if (record !== null) this.#step({ kind: "record", record });
    });
  }

  /** Takes a body that is to be whole records. Says whether it was. Never throws. */
  receiveAll(body: Uint8Array): boolean {
    return this.#read(() => {
      const reader = new RecordReader(
        this.#maxRecordBytes,
        (record) => this.#step({ kind: "record", record }),
      );
      reader.push(body);
      if (reader.isWithin) throw new TypeError("Cannot read record: it is not whole");
    });
  }

  /** A record was not taken, as too much of others is half read. */
  lost(): void {
    this.#options.counts?.lost();
  }

  /** What came is nothing of ours. @param error See {@linkcode LinkInput}. */
  unreadable(error: unknown): void {
    this.#step({ kind: "unreadable", error });
  }

  /** The transport ended by itself. */
  onClose(): void {
    this.#end("lost");
  }

  /** Sends one message about link or room; ends the link behind a fatal one. */
  say(message: FromServerMessage): void {
    if (this.ended) return;
    if (message.type === "error") this.#options.counts?.refused(message.code);
    this.send(LINK_TOPIC, JSON.stringify(message));
    if (message.type !== "error" || !message.fatal || this.ended) return;
    this.#end("lost");
    this.#options.transport.close(closeCodeOf(message.code), message.code);
  }

  /** Says no; ends the link if that is fatal. */
  refuse(code: SignalErrorCode, details?: RefusalDetails): void {
    this.say(refusal(code, details));
  }

  /** Sends on a topic; ends the link of a page that reads too slowly. */
  send(topic: number, data: RecordData): void {
    if (this.ended) return;
    const { transport, counts } = this.#options;
    transport.send(encodeRecord(topic, data));
    const isBulk = this.#state.phase === "bulk";
    const maxBytes = isBulk ? MAX_BULK_BACKLOG_BYTES : MAX_CONTROL_BACKLOG_BYTES;
    if (transport.bufferedBytes() <= maxBytes) return;
    // It would not read why either.
    counts?.refused("backlog");
    this.#end("lost");
    transport.close(closeCodeOf("backlog"), "backlog");
  }

  /** Checks the time limits; to be called about once a second. */
  tick(): void {
    this.#step({ kind: "tick" });
  }

  #read(read: () => void): boolean {
    try {
      read();
      return true;
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      this.unreadable(error);
      return false;
    }
  }

  #step(input: DistributiveOmit<LinkInput, "nowMs">): void {
    const { events, counts, now } = this.#options;
    const { state, effect } = stepLink(this.#state, { ...input, nowMs: now() });
    this.#state = state;
    switch (effect.kind) {
      case "none":
        return;
      case "message":
        counts?.received(effect.message.type);
        return this.#accept(effect.message);
      case "data": {
        const code = events.data(this, effect.record);
        if (code !== null) this.refuse(code);
        return;
      }
      case "lost":
        return counts?.lost();
      case "refuse":
        return this.refuse(effect.code, effect.details);
    }
  }

  #accept(message: FromClientMessage): void {
    switch (message.type) {
      case "ping":
        return this.say({ type: "pong", nonce: message.nonce });
      case "leave":
        // Ended first: a transport may report its own end as soon as it is closed.
        this.#end("left");
        return this.#options.transport.close(1000, "left");
      default:
        return this.#options.events.handle(this, message);
    }
  }

  #end(reason: "left" | "lost"): void {
    if (this.ended) return;
    this.#step({ kind: "ended" });
    this.#options.events.ended(this, reason);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
