import {
  type ErrorMessage,
  FINAL_ERROR_CODES,
  type FromClientMessage,
  type FromServerMessage,
  type Join,
} from "@/protocol";
import type { Log } from "../base/log.ts";
import type { WatchPage } from "../base/page_events.ts";
import type { Timers } from "../base/timers.ts";
import type { Carrier, OpenCarrier } from "./carrier.ts";
import {
  afterAttempt,
  ATTEMPT_TIMEOUT_MS,
  type CarrierHistory,
  type CarrierKind,
  chooseCarrier,
  NO_HISTORY,
} from "./carrier_choice.ts";
import { Heartbeat } from "./heartbeat.ts";
import { reconnectDelayMs } from "./reconnect_policy.ts";
import type { SignalState, WaitCause } from "./signal_state.ts";

/** What the client is given and whom it tells. */
export interface SignalClientOptions {
  readonly origin: string;
  readonly join: Join;
  readonly openCarrier: OpenCarrier;
  readonly timers: Timers;
  readonly watchPage: WatchPage;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** Every new state; never called before the constructor has returned. */
  onState(state: SignalState): void;
  /** Everything from the server but `pong`; `joined` arrives here as well, after the state. */
  onMessage(message: FromServerMessage): void;
}

/** Keeps this page in its room: joins, watches the carrier, comes back after a loss. */
export class SignalClient {
  readonly #options: SignalClientOptions;
  readonly #stopWatching: () => void;
  #state: SignalState;
  #history: CarrierHistory = NO_HISTORY;
  #carrier: Carrier | null = null;
  #heartbeat: Heartbeat | null = null;
  #timer: number | undefined;
  /** Failed attempts since the last success. */
  #attempt = 0;
  #outSinceMs: number;
  /** The server's wish for the present wait; a wake-up does not shorten that. */
  #asked = false;

  constructor(options: SignalClientOptions) {
    this.#options = options;
    this.#outSinceMs = options.timers.nowMs();
    this.#state = { kind: "connecting", cause: null, sinceMs: this.#outSinceMs };
    this.#stopWatching = options.watchPage({
      onWake: () => this.#wake(),
      onNetworkChange: () => this.#heartbeat?.check(),
    });
    this.#dial();
  }

  get state(): SignalState {
    return this.#state;
  }

  /**
   * Sends when in the room; otherwise drops it and returns `false`. Nothing is kept for later: an
   * offer or a candidate of before the loss is stale, negotiation starts it afresh.
   */
  send(message: FromClientMessage): boolean {
    if (this.#state.kind !== "joined" || this.#carrier === null) return false;
    this.#carrier.send(message);
    return true;
  }

  /** Tries at once, also after `refused`: for a person's tap. */
  retry(): void {
    if (this.#state.kind !== "waiting" && this.#state.kind !== "refused") return;
    this.#attempt = 0;
    this.#open(this.#state.kind === "waiting" ? this.#state.cause : this.#state.code);
  }

  /** The end. `leave`: tells the room that it is on purpose. */
  close(options: { readonly leave: boolean }): void {
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
    const { timers, openCarrier, origin, join, log } = this.#options;
    const kind = chooseCarrier(this.#history, timers.nowMs());
    const fail = () => {
      if (this.#carrier === carrier) this.#lost(kind);
    };
    const carrier = openCarrier(kind, {
      origin,
      join,
      log,
      events: {
        onMessage: (message) => {
          if (this.#carrier === carrier) this.#receive(message, kind);
        },
        onClose: fail,
      },
    });
    this.#carrier = carrier;
    this.#timer = timers.setTimeout(fail, ATTEMPT_TIMEOUT_MS[kind]);
  }

  #receive(message: FromServerMessage, kind: CarrierKind): void {
    if (message.type === "pong") {
      this.#heartbeat?.pong(message.nonce);
      return;
    }
    if (message.type === "joined") this.#joined(message.self, kind);
    if (message.type === "error" && (message.fatal || this.#state.kind !== "joined")) {
      this.#refused(message, kind);
      return;
    }
    this.#options.onMessage(message);
  }

  #joined(self: Extract<FromServerMessage, { type: "joined" }>["self"], kind: CarrierKind): void {
    const { timers, log } = this.#options;
    timers.clearTimeout(this.#timer);
    this.#history = afterAttempt(this.#history, { kind, ok: true, nowMs: timers.nowMs() });
    this.#attempt = 0;
    this.#heartbeat?.stop();
    this.#heartbeat = new Heartbeat({
      timers,
      ping: (nonce) => this.#carrier?.send({ type: "ping", nonce }),
      onDead: () => this.#lost(kind),
    });
    log(`joined the room over ${kind}`);
    this.#become({ kind: "joined", carrier: kind, self });
  }

  #refused(message: ErrorMessage, kind: CarrierKind): void {
    const { timers, log } = this.#options;
    log(`refused: ${message.code}`);
    // The server spoke, so the carrier works.
    this.#history = afterAttempt(this.#history, { kind, ok: true, nowMs: timers.nowMs() });
    if (!FINAL_ERROR_CODES.has(message.code)) return this.#wait(message.code, message.retryAfterMs);
    this.#drop();
    this.#become({ kind: "refused", code: message.code });
  }

  #lost(kind: CarrierKind): void {
    const { timers, log } = this.#options;
    if (this.#state.kind === "joined") log("lost the connection to the server");
    else this.#history = afterAttempt(this.#history, { kind, ok: false, nowMs: timers.nowMs() });
    this.#wait("lost");
  }

  #wait(cause: WaitCause, retryAfterMs?: number): void {
    const { timers, random } = this.#options;
    const nowMs = timers.nowMs();
    if (this.#state.kind === "joined") this.#outSinceMs = nowMs;
    this.#drop();
    const lostForMs = nowMs - this.#outSinceMs;
    const delayMs = reconnectDelayMs({
      attempt: this.#attempt++,
      lostForMs,
      random: random(),
      retryAfterMs,
    });
    this.#asked = retryAfterMs !== undefined;
    this.#timer = timers.setTimeout(() => this.#open(cause), delayMs);
    const retryAtMs = nowMs + delayMs;
    this.#become({ kind: "waiting", cause, sinceMs: this.#outSinceMs, retryAtMs });
  }

  #wake(): void {
    if (this.#state.kind === "waiting" && !this.#asked) this.#open(this.#state.cause);
    this.#heartbeat?.check();
  }

  #drop(): void {
    const carrier = this.#carrier;
    this.#options.timers.clearTimeout(this.#timer);
    this.#heartbeat?.stop();
    this.#heartbeat = null;
    this.#carrier = null;
    carrier?.close();
  }

  #become(state: SignalState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
