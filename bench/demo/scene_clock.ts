import type { Cut } from "./timeline.ts";

/** What a clock counts by. */
export interface SceneClockOptions {
  /** Of the scene, frames of the video. */
  readonly ticks: number;
  readonly fps: number;
  /** Ms since the epoch. */
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

/** So much later than planned is seen as a pause. */
const LATE_MS = 200;

/**
 * How far a scene is. What is done in it may take longer than planned, on a machine that is busy: what is
 * too much is left out, so that scenes keep their length and the rest is still seen.
 */
export class SceneClock {
  readonly #options: SceneClockOptions;
  readonly #cuts: Cut[] = [];
  /** Of the cut that is being recorded: since when, and which frame of the scene it begins with. */
  #startMs: number;
  #startTick = 0;

  constructor(options: SceneClockOptions) {
    this.#options = options;
    this.#startMs = options.nowMs();
  }

  /** Waits until that share of the scene has been seen. */
  async until(share: number): Promise<void> {
    const { ticks, fps, nowMs, sleep } = this.#options;
    const tick = Math.max(this.#startTick, Math.round(Math.min(1, share) * ticks));
    const dueMs = this.#startMs + (tick - this.#startTick) * 1000 / fps;
    const restMs = dueMs - nowMs();
    if (restMs > 0) await sleep(restMs);
    const isLate = nowMs() - dueMs > LATE_MS;
    if (!isLate && tick < ticks) return;
    this.#cuts.push({ startMs: this.#startMs, ticks: tick - this.#startTick });
    this.#startMs = nowMs();
    this.#startTick = tick;
  }

  /** What of the recording is the scene, once it is over. */
  get cuts(): readonly Cut[] {
    return this.#cuts.filter(({ ticks }) => ticks > 0);
  }
}
