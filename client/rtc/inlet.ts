import type { Timers } from "../base/timers.ts";

/** How many messages of the other side are taken. */
export interface InletLimits {
  /** Sustained, per second. */
  readonly perSecond: number;
  /** At once, after a rest. */
  readonly burst: number;
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
  #tokens: number;
  #atMs: number;
  #timer: number | undefined;
  #secondMs: number;
  #inSecond = 0;
  #leftOut = 0;

  constructor(options: InletOptions) {
    this.#options = options;
    this.#tokens = options.limits.burst;
    this.#atMs = this.#secondMs = options.timers.nowMs();
  }

  /** Texts that were never taken. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** A text has come. */
  offer(text: string): void {
    if (this.#countFlood()) return;
    const { limits, take } = this.#options;
    this.#refill();
    if (this.#waiting.length === 0 && this.#tokens >= 1) {
      this.#tokens -= 1;
      return take(text);
    }
    this.#waiting.push(text);
    if (this.#waiting.length > limits.maxWaiting) {
      this.#waiting.shift();
      this.#leftOut += 1;
    }
    this.#wake();
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

  #refill(): void {
    const { limits, timers } = this.#options;
    const nowMs = timers.nowMs();
    this.#tokens = Math.min(
      limits.burst,
      this.#tokens + (nowMs - this.#atMs) / 1000 * limits.perSecond,
    );
    this.#atMs = nowMs;
  }

  #wake(): void {
    if (this.#timer !== undefined || this.#waiting.length === 0) return;
    const { limits, timers } = this.#options;
    const waitMs = Math.ceil((1 - this.#tokens) / limits.perSecond * 1000);
    this.#timer = timers.setTimeout(() => this.#drain(), Math.max(1, waitMs));
  }

  #drain(): void {
    this.#timer = undefined;
    const { isOpen, take } = this.#options;
    if (!isOpen()) {
      this.#waiting.length = 0;
      return;
    }
    this.#refill();
    while (this.#tokens >= 1 && this.#waiting.length > 0) {
      this.#tokens -= 1;
      take(this.#waiting.shift()!);
    }
    this.#wake();
  }
}
