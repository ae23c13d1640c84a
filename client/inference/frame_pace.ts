/** Keeps frames at least so far apart. Times are ms on one monotonic clock. */
export class FramePace {
  #minIntervalMs: number | null = 0;
  #takenAtMs = -Infinity;

  /** @param minIntervalMs `null`: no frames at all. */
  set(minIntervalMs: number | null): void {
    this.#minIntervalMs = minIntervalMs;
  }

  /** How long to wait for the next frame; 0: it may be taken now; `null`: until further notice. */
  waitMs(nowMs: number): number | null {
    if (this.#minIntervalMs === null) return null;
    return Math.max(0, this.#takenAtMs + this.#minIntervalMs - nowMs);
  }

  /** A frame is taken now. */
  taken(nowMs: number): void {
    // From when it was due, so that timers that come late do not add up to a lower rate.
    const dueMs = this.#takenAtMs + (this.#minIntervalMs ?? 0);
    this.#takenAtMs = nowMs - dueMs < (this.#minIntervalMs ?? 0) / 2 ? dueMs : nowMs;
  }
}
