/**
 * Keeps frames at least so far apart, on average: each has a turn, and the first frame that comes in its
 * turn is taken. None has waited for it: one that came before is left out, because it would grow old.
 * Times are ms on one monotonic clock.
 */
export class FramePace {
  #minIntervalMs: number | null = 0;
  #takenAtMs = -Infinity;

  /** @param minIntervalMs `null`: no frames at all. */
  set(minIntervalMs: number | null): void {
    this.#minIntervalMs = minIntervalMs;
  }

  /** The next frame to be taken comes then or later. `null`: none is, until further notice. */
  get turnAtMs(): number | null {
    if (this.#minIntervalMs === null) return null;
    // A turn is as long as the interval, and half of it before the frame is due: no gap is between two.
    return this.#minIntervalMs === 0 ? -Infinity : this.#takenAtMs + this.#minIntervalMs / 2;
  }

  /** A frame is taken now. */
  taken(nowMs: number): void {
    // From when it was due, so that what came sooner or later does not add up to another rate.
    const dueMs = this.#takenAtMs + (this.#minIntervalMs ?? 0);
    this.#takenAtMs = nowMs - dueMs < (this.#minIntervalMs ?? 0) / 2 ? dueMs : nowMs;
  }
}
