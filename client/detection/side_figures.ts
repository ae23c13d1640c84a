import type { AutoFigures } from "../inference/auto_choice.ts";
import type { DetectorState, Side } from "../inference/detector.ts";

/** What a side measured at work holds for this long after it was left, as a figure of its load. */
const LIVE_VALID_MS = 60_000;

/** What is known of one side now. */
export interface SideFacts {
  readonly state: DetectorState | null;
  /** Measured at work over the last moments: age of frames when their detections are there, ms. */
  readonly liveMs: number | null;
  /** What one frame takes with nothing else going on, as measured; `null`: not measured. */
  readonly aloneMs: number | null;
}

/** What each side costs now, for the choice between them. Remembers what was measured at work. */
export class SideFigures {
  readonly #live: Record<Side, { atMs: number; ms: number } | null> = { local: null, server: null };

  /** The figures of now; the time is on one monotonic clock. */
  figures(facts: Readonly<Record<Side, SideFacts>>, nowMs: number): AutoFigures {
    return {
      local: this.#figure("local", facts.local, nowMs),
      server: this.#figure("server", facts.server, nowMs),
    };
  }

  /** Another model: nothing measured holds for it. */
  clear(): void {
    this.#live.local = null;
    this.#live.server = null;
  }

  #figure(side: Side, { state, liveMs, aloneMs }: SideFacts, nowMs: number) {
    if (state?.kind === "failed" || state?.kind === "waiting") return "failed";
    if (liveMs !== null) this.#live[side] = { atMs: nowMs, ms: liveMs };
    const live = this.#live[side];
    // Without it the side that was left for being slow would at once look as fast as when idle.
    if (live !== null && nowMs - live.atMs < LIVE_VALID_MS) return live.ms;
    return aloneMs;
  }
}
