import {
  encodeRecord,
  type ErrorMessage,
  type FromClientMessage,
  type FromServerMessage,
  LINK_TOPIC,
  type LinkRecord,
  parseFromServer,
  type PeerInfo,
  type RecordData,
  type SignalErrorCode,
} from "@/protocol";
import type { Log } from "../base/log.ts";
import type { WatchPage } from "../base/page_events.ts";
import type { Timers } from "../base/timers.ts";
import { reconnectDelayMs } from "./backoff.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { ServerLinkState, WaitCause } from "./server_link_state.ts";
import type { OpenTransport, Transport, TransportKind } from "./transport.ts";
import { ATTEMPT_TIMEOUT_MS, type TransportMemory } from "./transport_choice.ts";

/** What all links of a page are made with. */
export interface LinkParts {
  /** Origin of the server. */
  readonly origin: string;
  readonly openTransport: OpenTransport;
  readonly transports: TransportMemory;
  readonly timers: Timers;
  readonly watchPage: WatchPage;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

/** What a link is given and whom it tells. */
export interface LinkOptions extends LinkParts {
  /** For the log. */
  readonly name: "control" | "bulk";
  /** Without a pong for so long it is dead. */
  readonly pongTimeoutMs: number;
  /**
   * Gives what is said first on a fresh transport, to show who this page is: at once, later or never.
   * Called for each attempt.
   */
  hello(say: (first: FromClientMessage) => void): void;
  /** Refusals after which trying again by itself cannot help. */
  isFinal(code: SignalErrorCode): boolean;
  /** Every new state; never called before the constructor has returned. */
  onState(state: ServerLinkState): void;
  /** All about link and room but `pong`; what opened it arrives here as well, after the state. */
  onMessage(message: FromServerMessage): void;
  /** A record of another topic. */
  onData?(record: LinkRecord): void;
}

/** One attempt; its transport comes with the first words. */
interface Attempt {
  kind: TransportKind | null;
  transport: Transport | null;
}

/** Keeps one link to the server: opens it, watches it, comes back after a loss. */
export class Link {
  readonly #options: LinkOptions;
  readonly #stopWatching: () => void;
  #state: ServerLinkState;
  #attempt: Attempt | null = null;
  #heartbeat: Heartbeat | null = null;
  #timer: number | undefined;
  /** Failed attempts since the last success. */
  #failures = 0;
  #outSinceMs: number;
  /** The server's wish for the present wait; a wake-up does not shorten that. */
  #asked = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#outSinceMs = options.timers.nowMs();
    this.#state = { kind: "connecting", cause: null, sinceMs: this.#outSinceMs };
    this.#stopWatching = options.watchPage({
      onWake: () => this.wake(),
      onNetworkChange: () => this.check(),
    });
    this.#dial();
  }

  get state(): ServerLinkState {
    return this.#state;
  }

  /** Bytes taken and not yet on their way. */
  get bufferedBytes(): number {
    return this.#attempt?.transport?.bufferedBytes ?? 0;
  }

  /**
   * Says something about link or room when it is open; otherwise drops it and returns `false`. Nothing
   * is kept for later: an offer or a candidate of before the loss is stale.
   */
  send(message: FromClientMessage): boolean {
    return this.sendData(LINK_TOPIC, JSON.stringify(message));
  }

  /** The same on another topic. */
  sendData(topic: number, data: RecordData): boolean {
    const transport = this.#attempt?.transport ?? null;
    if (this.#state.kind !== "joined" || transport === null) return false;
    transport.send(encodeRecord(topic, data));
    return true;
  }

  /** Tries at once, also after `refused`: for a person's tap. */
  retry(): void {
    if (this.#state.kind !== "waiting" && this.#state.kind !== "refused") return;
    this.#failures = 0;
    this.#open(this.#state.kind === "waiting" ? this.#state.cause : this.#state.code);
  }

  /** The present moment is a good one: a wait that the server did not ask for ends. */
  wake(): void {
    if (this.#state.kind === "waiting" && !this.#asked) this.#open(this.#state.cause);
    this.check();
  }

  /** Looks at once whether it is still alive. */
  check(): void {
    this.#heartbeat?.check();
  }

  /** The end. `leave`: tells the room that it is on purpose. */
  close(options: { readonly leave: boolean } = { leave: false }): void {
    if (this.#state.kind === "closed") return;
    if (options.leave) this.send({ type: "leave" });
    this.#stopWatching();
    this.#drop();
    this.#become({ kind: "closed" });
  }

  #open(cause: WaitCause): void {
    this.#drop();
    this.#dial();
    this.#become({ kind: "connecting", cause, sinceMs: this.#outSinceMs });
  }

  #dial(): void {
    const { timers, transports, hello } = this.#options;
    const attempt: Attempt = { kind: null, transport: null };
    this.#attempt = attempt;
    const kind = transports.choose(timers.nowMs());
    this.#timer = timers.setTimeout(() => this.#lost(attempt), ATTEMPT_TIMEOUT_MS[kind]);
    hello((first) => {
      if (this.#attempt === attempt && attempt.kind === null) this.#connect(attempt, kind, first);
    });
  }

  #connect(attempt: Attempt, kind: TransportKind, first: FromClientMessage): void {
    const { openTransport, origin } = this.#options;
    attempt.kind = kind;
    attempt.transport = openTransport(kind, {
      origin,
      first: encodeRecord(LINK_TOPIC, JSON.stringify(first)),
      events: {
        onRecord: (record) => {
          if (this.#attempt === attempt) this.#receive(record, attempt, kind);
        },
        onClose: () => this.#lost(attempt),
      },
    });
  }

  #receive(record: LinkRecord, attempt: Attempt, kind: TransportKind): void {
    if (record.topic !== LINK_TOPIC) return this.#options.onData?.(record);
    const message = this.#parsed(record.data);
    if (message === null) return;
    if (message.type === "pong") return this.#heartbeat?.pong(message.nonce);
    if (message.type === "joined" || message.type === "opened") {
      this.#opened(message.self, attempt, kind);
    }
    if (message.type === "error" && (message.fatal || this.#state.kind !== "joined")) {
      return this.#refused(message, kind);
    }
    this.#options.onMessage(message);
  }

  /** A message of a newer server is no reason to drop a working link: one line, then go on. */
  #parsed(data: RecordData): FromServerMessage | null {
    try {
      return parseFromServer(String(data));
    } catch (error) {
      const why = error instanceof Error ? error.message : error;
      this.#options.log(`ignored a message of the server: ${why}`);
      return null;
    }
  }

  #opened(self: PeerInfo, attempt: Attempt, kind: TransportKind): void {
    const { timers, name, pongTimeoutMs, log } = this.#options;
    timers.clearTimeout(this.#timer);
    this.#note(kind, true);
    this.#failures = 0;
    this.#heartbeat?.stop();
    this.#heartbeat = new Heartbeat({
      timers,
      timeoutMs: pongTimeoutMs,
      ping: (nonce) => this.send({ type: "ping", nonce }),
      onDead: () => this.#lost(attempt),
    });
    log(`${name} link open over ${kind}`);
    this.#become({ kind: "joined", transport: kind, self });
  }

  #refused(message: ErrorMessage, kind: TransportKind): void {
    const { name, log, isFinal } = this.#options;
    log(`${name} link refused: ${message.code}`);
    // The server spoke, so the transport works.
    this.#note(kind, true);
    if (!isFinal(message.code)) return this.#wait(message.code, message.retryAfterMs);
    this.#drop();
    this.#become({ kind: "refused", code: message.code });
  }

  #lost(attempt: Attempt): void {
    if (this.#attempt !== attempt) return;
    const { name, log } = this.#options;
    if (this.#state.kind === "joined") log(`${name} link lost`);
    else if (attempt.kind !== null) this.#note(attempt.kind, false);
    this.#wait("lost");
  }

  #note(kind: TransportKind, ok: boolean): void {
    const { timers, transports } = this.#options;
    transports.note({ kind, ok, nowMs: timers.nowMs() });
  }

  #wait(cause: WaitCause, retryAfterMs?: number): void {
    const { timers, random } = this.#options;
    const nowMs = timers.nowMs();
    if (this.#state.kind === "joined") this.#outSinceMs = nowMs;
    this.#drop();
    const lostForMs = nowMs - this.#outSinceMs;
    const delayMs = reconnectDelayMs({
      attempt: this.#failures++,
      lostForMs,
      random: random(),
      retryAfterMs,
    });
    this.#asked = retryAfterMs !== undefined;
    this.#timer = timers.setTimeout(() => this.#open(cause), delayMs);
    const retryAtMs = nowMs + delayMs;
    this.#become({ kind: "waiting", cause, sinceMs: this.#outSinceMs, retryAtMs });
  }

  #drop(): void {
    const attempt = this.#attempt;
    this.#options.timers.clearTimeout(this.#timer);
    this.#heartbeat?.stop();
    this.#heartbeat = null;
    this.#attempt = null;
    attempt?.transport?.close();
  }

  #become(state: ServerLinkState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
