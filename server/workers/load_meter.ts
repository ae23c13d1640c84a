import type { InferenceStats } from "../inference/ipc.ts";

/** Frames of about this time are looked at: short enough to notice, long enough not to jump. */
const SPAN_MS = 1_500;

interface Sample {
  readonly atMs: number;
  readonly count: number;
  readonly sum: number;
}

/** How long frames waited for a lane of late, from one heartbeat of the process to the next. */
export class QueueMeter {
  /** Oldest first. */
  #samples: Sample[] = [];

  /** Takes a heartbeat's stats. */
  heard({ stagesMs }: Pick<InferenceStats, "stagesMs">, nowMs: number): void {
    const { counts, sum } = stagesMs["queue"] ?? { counts: [], sum: 0 };
    const count = counts.reduce((all, one) => all + one, 0);
    // Another process, which counts from zero.
    if (count < (this.#samples.at(-1)?.count ?? 0)) this.#samples = [];
    this.#samples.push({ atMs: nowMs, count, sum });
    while (this.#samples.length > 2 && this.#samples[1]!.atMs <= nowMs - SPAN_MS) {
      this.#samples.shift();
    }
  }

  /** The process is gone, or is another one. */
  reset(): void {
    this.#samples = [];
  }

  /** Mean of the frames of late, ms; `null`: there were none. */
  get queueMs(): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.count === first.count) return null;
    return (last.sum - first.sum) / (last.count - first.count);
  }
}
