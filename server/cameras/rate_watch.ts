/** A rate that differs by more than this factor from what is assumed is another one. */
const FACTOR = 1.5;

/** Frames are counted for so long before their rate is believed. */
export const WATCH_MS = 3_000;

/**
 * Notices that a source gives frames at another rate than it said: its encoder reckons with a rate for key
 * frames and bits. Times are ms on one clock.
 */
export class RateWatch {
  #sinceMs: number | null = null;
  #frames = 0;

  /**
   * A frame came. @returns The rate over the last moments, frames per second, when it is another one than
   * `assumedFps`; else `null`.
   */
  frame(nowMs: number, assumedFps: number): number | null {
    this.#sinceMs ??= nowMs;
    const elapsedMs = nowMs - this.#sinceMs;
    if (elapsedMs < WATCH_MS) {
      this.#frames += 1;
      return null;
    }
    const fps = this.#frames * 1000 / elapsedMs;
    this.#sinceMs = nowMs;
    this.#frames = 1;
    const isOther = fps > assumedFps * FACTOR || fps < assumedFps / FACTOR;
    return isOther ? fps : null;
  }

  /** Begins again: the source did. */
  clear(): void {
    this.#sinceMs = null;
    this.#frames = 0;
  }
}
