import { type Bucket, type Rate, takeToken } from "@/protocol";
import type { Timers } from "../base/timers.ts";

/** How many messages of the other side are taken. */
export interface InletLimits extends Rate {
  /** Those beyond wait, the newest of them; the others are left out. */
  readonly maxWaiting: number;
}

/** More than that in a second is nobody's page, and even leaving out costs: the channel is closed. */
export const FLOOD_PER_SECOND = 2_000;

/** What an inlet is given. */
export interface InletOptions {
  readonly limits: InletLimits;
  readonly timers: Timers;
  take(text: string): void;
  /** Whether anybody listens still. */
  isOpen(): boolean;
  /** There are so many that no more are to come. */
  onFlood(): void;
}

/** Lets texts of another page in as fast as is good for this one: the newest of too many, a bit later. */
export class Inlet {
  readonly #options: InletOptions;
  readonly #waiting: string[] = [];
  #bucket: Bucket = null;
  #timer: number | undefined;
  #secondMs: number;
  #inSecond = 0;
  #leftOut = 0;

  constructor(options: InletOptions) {
    this.#options = options;
    this.#secondMs = options.timers.nowMs();
  }

  /** Texts that were never taken. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** A text has come. */
  offer(text: string): void {
    if (this.#countFlood()) return;
    const { limits, take } = this.#options;
    if (this.#waiting.length === 0 && this.#wait() === 0) return take(text);
    this.#waiting.push(text);
    if (this.#waiting.length > limits.maxWaiting) {
      this.#waiting.shift();
      this.#leftOut += 1;
    }
    if (this.#timer === undefined) this.#drain();
  }

  #countFlood(): boolean {
    const { timers, onFlood } = this.#options;
    const nowMs = timers.nowMs();
    if (nowMs - this.#secondMs >= 1_000) {
      this.#secondMs = nowMs;
      this.#inSecond = 0;
    }
    this.#inSecond += 1;
    if (this.#inSecond <= FLOOD_PER_SECOND) return false;
    if (this.#inSecond === FLOOD_PER_SECOND + 1) onFlood();
    this.#leftOut += 1;
    return true;
  }

  /** Takes a token; else says how long until there is one, ms. */
  #wait(): number {
    const { limits, timers } = this.#options;
    const { bucket, waitMs } = takeToken(this.#bucket, limits, timers.nowMs());
    this.#bucket = bucket;
    return waitMs;
  }

  /** Lets in what may come, and comes again for the rest. */
  #drain(): void {
    this.#timer = undefined;
    const { isOpen, take, timers } = this.#options;
    if (!isOpen()) {
      this.#waiting.length = 0;
      return;
    }
    while (this.#waiting.length > 0) {
      const waitMs = this.#wait();
      if (waitMs > 0) {
        this.#timer = timers.setTimeout(() => this.#drain(), waitMs);
        return;
      }
      take(this.#waiting.shift()!);
    }
  }
}
