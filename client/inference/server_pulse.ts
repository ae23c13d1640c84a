import type { Timers } from "../base/timers.ts";
import { type ClockEstimate, ServerClock } from "./server_clock.ts";

/** What a pulse needs, and whom it tells. */
export interface ServerPulseOptions {
  readonly timers: Timers;
  /** Ms since the epoch. */
  epochMs(): number;
  /** Sends one text to the server; may drop it. */
  sendText(text: string): unknown;
  /** Once a second while the way is open. */
  onBeat(): void;
  /** The server has said nothing to ping after ping. */
  onSilent(): void;
}

/** Pings go out this often. */
export const BEAT_MS = 1_000;

/** Beats in a row without a word from the server after which its carrier is dead. */
const MAX_SILENT_BEATS = 3;

/** Asks the server for its time once a second: for its clock, and to notice when it is silent. */
export class ServerPulse {
  readonly #options: ServerPulseOptions;
  readonly #clock = new ServerClock();
  #timer: number | undefined;
  #silentBeats = 0;

  constructor(options: ServerPulseOptions) {
    this.#options = options;
  }

  /** What is known of the server's clock on the present way; `null`: nothing yet. */
  get clock(): ClockEstimate | null {
    return this.#clock.estimate(this.#options.epochMs());
  }

  /** A way is open; what was learned of another one does not hold for it. */
  start(): void {
    this.stop();
    this.#ping();
    this.#next();
  }

  /** No way is open. */
  stop(): void {
    this.#options.timers.clearTimeout(this.#timer);
    this.#clock.clear();
    this.#silentBeats = 0;
  }

  /** The server said anything at all. */
  heard(): void {
    this.#silentBeats = 0;
  }

  /** The server answered a ping. */
  pong(nonce: number, timeMs: number): void {
    this.#clock.pong(nonce, timeMs, this.#options.epochMs());
  }

  #next(): void {
    this.#timer = this.#options.timers.setTimeout(() => this.#beat(), BEAT_MS);
  }

  #beat(): void {
    const { onBeat, onSilent } = this.#options;
    this.#silentBeats += 1;
    // Beats are counted, not time: a page that slept, or whose thread was busy, reads on first.
    if (this.#silentBeats > MAX_SILENT_BEATS) {
      this.stop();
      return onSilent();
    }
    this.#next();
    this.#ping();
    onBeat();
  }

  #ping(): void {
    const { epochMs, sendText } = this.#options;
    sendText(JSON.stringify({ type: "clock-ping", nonce: this.#clock.ping(epochMs()) }));
  }
}
