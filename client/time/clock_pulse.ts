import type { Timers } from "../base/timers.ts";
import { type ClockEstimate, ClockSync } from "./clock_sync.ts";

/** What a pulse needs, and whom it tells. */
export interface ClockPulseOptions {
  readonly timers: Timers;
  /** Ms since the epoch, never going back. */
  epochMs(): number;
  /** Sends a ping to the other side; it may be lost. */
  sendPing(nonce: number): unknown;
  /** How often, once the first ones are out. */
  readonly beatMs: number;
  /** At each beat while it runs. */
  onBeat?(): void;
}

/** Of the first few pings one is likely to meet no queue, and the first frames need the clock. */
export const QUICK_PINGS = 5;

/** Between those. */
export const QUICK_MS = 200;

/** Asks another side for its time, again and again. */
export class ClockPulse {
  readonly #options: ClockPulseOptions;
  readonly #clock = new ClockSync();
  #quickTimer: number | undefined;
  #beatTimer: number | undefined;

  constructor(options: ClockPulseOptions) {
    this.#options = options;
  }

  /** What is known of the other clock; `null`: nothing yet. */
  get clock(): ClockEstimate | null {
    return this.#clock.estimate(this.#options.epochMs());
  }

  /** A channel is open. What was learned over another one still holds, unless it is cleared. */
  start(): void {
    this.stop();
    this.#ping(QUICK_PINGS);
    this.#nextBeat();
  }

  /** No channel is open. */
  stop(): void {
    const { timers } = this.#options;
    timers.clearTimeout(this.#quickTimer);
    timers.clearTimeout(this.#beatTimer);
  }

  /** The other side is perhaps another one now. */
  clear(): void {
    this.#clock.clear();
  }

  /** A ping was answered. */
  pong(nonce: number, timeMs: number): void {
    this.#clock.pong(nonce, timeMs, this.#options.epochMs());
  }

  #nextBeat(): void {
    const { timers, beatMs, onBeat } = this.#options;
    this.#beatTimer = timers.setTimeout(() => {
      this.#nextBeat();
      this.#ping(1);
      onBeat?.();
    }, beatMs);
  }

  /** Now, and so many times in all. */
  #ping(times: number): void {
    const { timers, epochMs, sendPing } = this.#options;
    sendPing(this.#clock.ping(epochMs()));
    timers.clearTimeout(this.#quickTimer);
    if (times > 1) this.#quickTimer = timers.setTimeout(() => this.#ping(times - 1), QUICK_MS);
  }
}
