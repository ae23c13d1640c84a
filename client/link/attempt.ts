import { encodeRecord, type FromClientMessage, LINK_TOPIC, type LinkRecord } from "@/protocol";
import type { Timers } from "../base/timers.ts";
import type { OpenTransport, Transport, TransportKind } from "./transport.ts";
import { ATTEMPT_TIMEOUT_MS } from "./transport_choice.ts";

/** What an attempt is made with, and whom it tells. Events come after the constructor has returned. */
export interface AttemptOptions {
  readonly kind: TransportKind;
  readonly origin: string;
  readonly openTransport: OpenTransport;
  readonly timers: Timers;
  /** Gives what is said first; at once, later or never. */
  hello(say: (first: FromClientMessage) => void): void;
  onRecord(record: LinkRecord): void;
  /** It ended, never opened, or took too long. Once; not after {@linkcode Attempt.close}. */
  onLost(): void;
}

/** One attempt to have a link, and that link if it succeeds. Its transport comes with the first words. */
export class Attempt {
  readonly kind: TransportKind;
  readonly #options: AttemptOptions;
  readonly #timer: number;
  #transport: Transport | null = null;
  #isAnswered = false;
  #isOver = false;

  constructor(options: AttemptOptions) {
    const { kind, timers, hello } = options;
    this.kind = kind;
    this.#options = options;
    this.#timer = timers.setTimeout(() => this.#lose(), ATTEMPT_TIMEOUT_MS[kind]);
    hello((first) => {
      if (!this.#isOver && this.#transport === null) this.#connect(first);
    });
  }

  /** Whether there was something to say, so that a transport was opened. */
  get isDialled(): boolean {
    return this.#transport !== null;
  }

  /** Whether the server may have heard the first words, or yet hear them, and has not answered. */
  get isUnanswered(): boolean {
    return this.#transport !== null && this.#transport.hasSpoken && !this.#isAnswered;
  }

  /** See {@linkcode Transport.bufferedBytes}. */
  get bufferedBytes(): number {
    return this.#transport?.bufferedBytes ?? 0;
  }

  /** See {@linkcode Transport.send}. */
  send(record: Uint8Array<ArrayBuffer>): void {
    this.#transport?.send(record);
  }

  /** The server let it in, or did not: its time limit does not run any more. */
  answered(): void {
    this.#isAnswered = true;
    this.#options.timers.clearTimeout(this.#timer);
  }

  /** Ends it without a further event. */
  close(): void {
    this.#isOver = true;
    this.#options.timers.clearTimeout(this.#timer);
    this.#transport?.close();
  }

  #connect(first: FromClientMessage): void {
    const { kind, openTransport, origin, onRecord } = this.#options;
    this.#transport = openTransport(kind, {
      origin,
      first: encodeRecord(LINK_TOPIC, JSON.stringify(first)),
      events: {
        onRecord: (record) => {
          if (!this.#isOver) onRecord(record);
        },
        onClose: () => this.#lose(),
      },
    });
  }

  #lose(): void {
    if (this.#isOver) return;
    this.close();
    this.#options.onLost();
  }
}
