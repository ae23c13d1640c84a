import type { Timers } from "../base/timers.ts";
import type { Attempt } from "./attempt.ts";
import { reconnectDelayMs } from "./backoff.ts";

/** What a spare is made with. */
export interface SpareOptions {
  readonly timers: Timers;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  dial(): Attempt;
}

/**
 * A second attempt beside a link that is silent, again and again until either of them speaks. So a page
 * has not lost anything where its link was only slow.
 */
export class Spare {
  readonly #options: SpareOptions;
  #attempt: Attempt | null = null;
  #timer: number | undefined;
  #failures = 0;
  #isWanted = false;

  constructor(options: SpareOptions) {
    this.#options = options;
  }

  /** Whether this attempt is the spare. */
  is(attempt: Attempt): boolean {
    return this.#attempt === attempt;
  }

  /** See {@linkcode Attempt.isUnanswered}. */
  get isUnanswered(): boolean {
    return this.#attempt?.isUnanswered ?? false;
  }

  /** The link is silent. */
  begin(): void {
    this.#isWanted = true;
    this.#failures = 0;
    this.#attempt ??= this.#options.dial();
  }

  /** The link spoke. A spare that has spoken too may be in its place already, and goes on. */
  heard(): void {
    this.#rest();
    if (this.#attempt === null || this.#attempt.isUnanswered) return;
    this.#attempt.close();
    this.#attempt = null;
  }

  /** The server refused it. */
  refused(retryAfterMs: number | undefined): void {
    this.#attempt?.close();
    this.#again(retryAfterMs);
  }

  /** It ended by itself. */
  lost(): void {
    this.#again(undefined);
  }

  /** Takes it from here, for the place of the link; `null`: there is none now. */
  take(): Attempt | null {
    const attempt = this.#attempt;
    this.#rest();
    this.#attempt = null;
    return attempt;
  }

  #again(retryAfterMs: number | undefined): void {
    const { timers, random, dial } = this.#options;
    this.#attempt = null;
    if (!this.#isWanted) return;
    const delayMs = reconnectDelayMs({
      attempt: this.#failures++,
      lostForMs: 0,
      random: random(),
      retryAfterMs,
    });
    this.#timer = timers.setTimeout(() => this.#attempt = dial(), delayMs);
  }

  #rest(): void {
    this.#isWanted = false;
    this.#options.timers.clearTimeout(this.#timer);
  }
}
