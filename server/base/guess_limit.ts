import type { Rate } from "@/protocol";
import { customerOf } from "./ip_network.ts";
import { KeyedLimiter } from "./rate_limit.ts";

/** Wrong guesses of one address: a person mistypes a few times a minute. */
export const GUESSES_PER_ADDRESS: Rate = { perSecond: 10 / 60, burst: 10 };

/** Wrong guesses of all addresses together; past it many machines are at work, and each gets less. */
const GUESSES_GLOBAL: Rate = { perSecond: 100 / 60, burst: 100 };

/** What an address gets then: the first guess of somebody who comes new is always looked at. */
const GUESSES_UNDER_PRESSURE: Rate = { perSecond: 1 / 60, burst: 1 };

/** And all addresses of one /48 together: a single machine may have 65536 networks there. */
const GUESSES_OF_CUSTOMER: Rate = { perSecond: 10 / 60, burst: 10 };

/**
 * Slows guesses at a secret, by address. Guesses of many addresses slow each of them further, and shut
 * nobody out. Only wrong guesses are to be taken.
 */
export class GuessLimit {
  readonly #addresses = new KeyedLimiter(GUESSES_PER_ADDRESS);
  readonly #pressed = new KeyedLimiter(GUESSES_UNDER_PRESSURE);
  readonly #customers = new KeyedLimiter(GUESSES_OF_CUSTOMER);
  readonly #all = new KeyedLimiter(GUESSES_GLOBAL, 1);

  /** Ms until a guess of `address` is looked at; 0: now. */
  peek(address: string, nowMs: number): number {
    const waitMs = this.#addresses.peek(address, nowMs);
    if (this.#all.peek("all", nowMs) === 0) return waitMs;
    return Math.max(
      waitMs,
      this.#pressed.peek(address, nowMs),
      this.#customers.peek(customerOf(address), nowMs),
    );
  }

  /** Notes a wrong guess. */
  take(address: string, nowMs: number): void {
    this.#addresses.take(address, nowMs);
    this.#pressed.take(address, nowMs);
    this.#customers.take(customerOf(address), nowMs);
    this.#all.take("all", nowMs);
  }

  /** Forgets who has rested long enough. */
  sweep(nowMs: number): void {
    for (const limiter of [this.#addresses, this.#pressed, this.#customers]) limiter.sweep(nowMs);
  }
}
