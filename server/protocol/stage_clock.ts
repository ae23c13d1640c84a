// This module is browser compatible.

/** Times the stages of one frame after another; one object serves all frames. */
export class StageClock<S extends string> {
  readonly #now: () => number;
  #times: Partial<Record<S, number>> = {};
  #borderMs = 0;

  /** @param now A steady clock in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Begins a frame. */
  start(): void {
    this.#times = {};
    this.#borderMs = this.#now();
  }

  /** Ends `stage` here: it lasted since the last border. */
  end(stage: S): void {
    const borderMs = this.#now();
    this.#times[stage] = toMicroseconds(borderMs - this.#borderMs);
    this.#borderMs = borderMs;
  }

  /** A copy of this frame's times, ms, to a microsecond; a stage that did not end is missing. */
  times(): Partial<Record<S, number>> {
    return { ...this.#times };
  }
}

/** Ms, rounded to a microsecond. */
export function toMicroseconds(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}
