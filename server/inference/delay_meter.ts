/** How long the least delay is remembered at least; twice as long at most. */
export const DELAY_WINDOW_MS = 2_000;

/**
 * How much longer a stream's frames take than its fastest of the last moments. Where the sender's
 * clock is known wrongly, or the camera itself is slow, that is so for every frame alike, and drops
 * out. What stays is what the network adds when it is full.
 */
export class DelayMeter {
  /** Least delays of the present window and of the one before. */
  #leastMs = Infinity;
  #leastBeforeMs = Infinity;
  #windowEndMs = -Infinity;

  /** Forgets the fastest frames: what comes is measured in another way. */
  clear(): void {
    this.#leastMs = Infinity;
    this.#leastBeforeMs = Infinity;
    this.#windowEndMs = -Infinity;
  }

  /**
   * Takes in one frame. Times are ms on one steady clock.
   * @param delayMs By clocks that may differ by any constant.
   * @returns How much more it is than the least, ms, from 0.
   */
  excessMs(delayMs: number, nowMs: number): number {
    if (nowMs >= this.#windowEndMs) {
      const isNext = nowMs < this.#windowEndMs + DELAY_WINDOW_MS;
      this.#leastBeforeMs = isNext ? this.#leastMs : Infinity;
      this.#leastMs = Infinity;
      this.#windowEndMs = nowMs + DELAY_WINDOW_MS;
    }
    this.#leastMs = Math.min(this.#leastMs, delayMs);
    return delayMs - Math.min(this.#leastMs, this.#leastBeforeMs);
  }
}
