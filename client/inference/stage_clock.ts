import type { Stage, StageTimes } from "@/protocol";

/** Times the stages of one frame after another; one object serves all frames. */
export class StageClock {
  readonly #now: () => number;
  #times: Partial<Record<Stage, number>> = {};
  #borderMs = 0;

  /** @param now A monotonic clock in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Begins a frame. */
  start(): void {
    this.#times = {};
    this.#borderMs = this.#now();
  }

  /** Ends `stage` here: it lasted since the last border. */
  end(stage: Stage): void {
    const nowMs = this.#now();
    this.#times[stage] = nowMs - this.#borderMs;
    this.#borderMs = nowMs;
  }

  /** A copy of this frame's times, ms. */
  times(): StageTimes {
    return { ...this.#times };
  }
}
