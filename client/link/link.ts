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
} from "@/protocol";
import { Attempt } from "./attempt.ts";
import { reconnectDelayMs } from "./backoff.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { LinkOptions } from "./link_options.ts";
import type { ServerLinkState, WaitCause } from "./server_link_state.ts";
import { Spare } from "./spare.ts";
import type { TransportKind } from "./transport.ts";

/** What an attempt said before it was given up may reach the server so much later. */
const LAST_WORDS_MS = 10_000;

/** Keeps one link to the server: opens it, watches it, comes back after a loss. */
export class Link {
  readonly #options: LinkOptions;
  readonly #stopWatching: () => void;
  #state: ServerLinkState;
  #attempt: Attempt | null = null;
  readonly #spare: Spare;
  #heartbeat: Heartbeat | null = null;
  #isWatchedClosely = false;
  /** When an attempt was given up that the server may yet hear, and take for the newer link. */
  #lastWordsMs = -Infinity;
  /** The one before was given up while it was silent. */
  #wasSilent = false;
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
    this.#spare = new Spare({ ...options, dial: () => this.#dial() });
    this.#stopWatching = options.watchPage({
      onWake: () => this.wake(),
      onNetworkChange: () => this.check(),
    });
    this.#attempt = this.#dial();
  }

  get state(): ServerLinkState {
    return this.#state;
  }

  /** When it opens: whether the one before was given up because it was silent. */
  get wasSilent(): boolean {
    return this.#wasSilent;
  }

  /** Bytes taken and not yet on their way. */
  get bufferedBytes(): number {
    return this.#attempt?.bufferedBytes ?? 0;
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
    if (this.#state.kind !== "joined") return false;
    this.#attempt?.send(encodeRecord(topic, data));
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

  /** Whether something is expected of the server all the time, so that its silence is to be noticed soon. */
  watchClosely(isClose: boolean): void {
    this.#isWatchedClosely = isClose;
    this.#heartbeat?.watchClosely(isClose);
  }

  /** It is not to be trusted: opens another one in its place. */
  renew(): void {
    if (this.#state.kind === "joined") this.#open("lost");
    else this.wake();
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
    this.#attempt = this.#dial();
    this.#become({ kind: "connecting", cause, sinceMs: this.#outSinceMs });
  }

  #dial(): Attempt {
    const { timers, transports } = this.#options;
    const attempt: Attempt = new Attempt({
      ...this.#options,
      kind: transports.choose(timers.nowMs()),
      onRecord: (record) => this.#receive(record, attempt),
      onLost: () => this.#lost(attempt),
    });
    return attempt;
  }

  #receive(record: LinkRecord, attempt: Attempt): void {
    const isSpare = this.#spare.is(attempt);
    if (!isSpare) this.#heartbeat?.heard();
    if (record.topic !== LINK_TOPIC) return this.#options.onData?.(record);
    const message = this.#parsed(record.data);
    if (message === null || message.type === "pong") return;
    if (message.type === "joined" || message.type === "opened") {
      if (isSpare) this.#moveTo(this.#spare.take()!);
      this.#opened(message.self, attempt);
    } else if (isSpare) {
      if (message.type === "error") this.#spare.refused(message.retryAfterMs);
      return;
    }
    if (message.type === "error" && (message.fatal || this.#state.kind !== "joined")) {
      return this.#refused(message, attempt);
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

  #opened(self: PeerInfo, attempt: Attempt): void {
    const { timers, name, pongTimeoutMs, hasSpare, log } = this.#options;
    const { kind } = attempt;
    attempt.answered();
    this.#note(kind, true);
    this.#failures = 0;
    this.#heartbeat?.stop();
    this.#heartbeat = new Heartbeat({
      timers,
      timeoutMs: pongTimeoutMs,
      ping: (nonce) => this.send({ type: "ping", nonce }),
      onSilent: () => {
        log(`${name} link silent`);
        if (hasSpare) this.#spare.begin();
      },
      onHeard: () => this.#spare.heard(),
      onDead: () => this.#lost(attempt),
    });
    this.#heartbeat.watchClosely(this.#isWatchedClosely);
    log(`${name} link open over ${kind}`);
    this.#become({ kind: "joined", transport: kind, self });
    this.#wasSilent = false;
  }

  #refused(message: ErrorMessage, attempt: Attempt): void {
    const { name, log, isFinal } = this.#options;
    if (message.code === "replaced" && this.#mayReplaceItself) return this.#lost(attempt);
    log(`${name} link refused: ${message.code}`);
    attempt.answered();
    // The server spoke, so the transport works.
    this.#note(attempt.kind, true);
    if (!isFinal(message.code)) return this.#wait(message.code, message.retryAfterMs);
    this.#drop();
    this.#become({ kind: "refused", code: message.code });
  }

  #lost(attempt: Attempt): void {
    this.#giveUp(attempt);
    if (this.#spare.is(attempt)) return this.#spare.lost();
    const { name, log } = this.#options;
    if (this.#state.kind === "joined") log(`${name} link lost`);
    else if (attempt.isDialled) this.#note(attempt.kind, false);
    const spare = this.#spare.take();
    if (spare === null) this.#wait("lost");
    else this.#moveTo(spare);
  }

  /** The spare takes the place of the link, which was silent, or is lost. */
  #moveTo(spare: Attempt): void {
    this.#drop();
    this.#attempt = spare;
    this.#outSinceMs = this.#options.timers.nowMs();
    this.#become({ kind: "connecting", cause: "lost", sinceMs: this.#outSinceMs });
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
    this.#options.timers.clearTimeout(this.#timer);
    this.#wasSilent = this.#heartbeat?.isSilent ?? this.#wasSilent;
    this.#heartbeat?.stop();
    this.#heartbeat = null;
    this.#giveUp(this.#attempt);
    this.#attempt = null;
    this.#giveUp(this.#spare.take());
  }

  #giveUp(attempt: Attempt | null): void {
    if (attempt?.isUnanswered) this.#lastWordsMs = this.#options.timers.nowMs();
    attempt?.close();
  }

  /** Whether what replaced the link may be of this very page. */
  get #mayReplaceItself(): boolean {
    if (this.#spare.isUnanswered) return true;
    return this.#options.timers.nowMs() - this.#lastWordsMs < LAST_WORDS_MS;
  }

  #become(state: ServerLinkState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
