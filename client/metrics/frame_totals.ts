import type { Side } from "../inference/detector.ts";
import type { FrameCounts, FrameResult } from "../inference/worker_messages.ts";

/** Frames since the totals were started. */
export interface Totals {
  readonly received: number;
  readonly processed: number;
  /** By cause. */
  readonly dropped: Readonly<Record<string, number>>;
}

/**
 * Adds up what detectors count. Each counts from its own start, and the one of a side may be another
 * one at any time: what is added is the growth, and a count that fell begins anew.
 */
export class FrameTotals {
  readonly #last = new Map<Side, FrameCounts>();
  #received = 0;
  #processed = 0;
  #dropped: Record<string, number> = {};

  /** Takes the counts that came with a result. */
  add({ counts, remote }: Pick<FrameResult, "counts" | "remote">): void {
    const side = remote === undefined ? "local" : "server";
    const last = this.#last.get(side);
    // Another detector: all that it counted so far is new.
    const before = last !== undefined && counts.processed < last.processed ? undefined : last;
    this.#received += growth(counts.received, before?.received);
    this.#processed += growth(counts.processed, before?.processed);
    for (const [cause, count] of Object.entries(counts.dropped)) {
      const known = before?.dropped[cause as keyof FrameCounts["dropped"]];
      this.#dropped[cause] = (this.#dropped[cause] ?? 0) + growth(count, known);
    }
    this.#last.set(side, counts);
  }

  get totals(): Totals {
    return {
      received: this.#received,
      processed: this.#processed,
      dropped: { ...this.#dropped },
    };
  }

  /** Starts anew; what the present detectors have counted so far is left out. */
  reset(): void {
    this.#received = 0;
    this.#processed = 0;
    this.#dropped = {};
  }
}

function growth(count: number, before = 0): number {
  return Math.max(0, count - before);
}
