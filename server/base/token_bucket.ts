/** How fast something may come. */
export interface Rate {
  /** Sustained, per second. */
  readonly perSecond: number;
  /** At once, after a rest. */
  readonly burst: number;
}

/** Lets through what keeps to a rate. Changes in place: it is asked for every chunk. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #atMs = -Infinity;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#tokens = rate.burst;
  }

  /** Takes a token if there is one. @param nowMs On any clock that does not go backwards. */
  take(nowMs: number): boolean {
    const { perSecond, burst } = this.#rate;
    const elapsedS = Math.max(0, nowMs - this.#atMs) / 1000;
    this.#tokens = Math.min(burst, this.#tokens + elapsedS * perSecond);
    this.#atMs = Math.max(this.#atMs, nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
