import type { FrameCounts } from "../inference/worker_messages.ts";

/** Frames since the totals were started. */
export interface Totals {
  readonly received: number;
  readonly processed: number;
  /** By cause. */
  readonly dropped: Readonly<Record<string, number>>;
}

/**
 * Adds up what detectors count. Each counts from its own start, and another one may take over at any
 * time: what is added is the growth, and a count that fell begins anew.
 */
export class FrameTotals {
  #last: FrameCounts | null = null;
  #received = 0;
  #processed = 0;
  #dropped: Record<string, number> = {};

  /** Takes the counts that came with a result. */
  add(counts: FrameCounts): void {
    // Another detector: all that it counted so far is new.
    const isAnew = this.#last !== null && counts.processed < this.#last.processed;
    const before = isAnew ? null : this.#last;
    this.#received += counts.received - (before?.received ?? 0);
    this.#processed += counts.processed - (before?.processed ?? 0);
    for (const [cause, count] of Object.entries(counts.dropped)) {
      const known = before?.dropped[cause as keyof FrameCounts["dropped"]] ?? 0;
      this.#dropped[cause] = (this.#dropped[cause] ?? 0) + Math.max(0, count - known);
    }
    this.#last = counts;
  }

  get totals(): Totals {
    return {
      received: this.#received,
      processed: this.#processed,
      dropped: { ...this.#dropped },
    };
  }

  /** Starts anew; what the present detector has counted so far is left out. */
  reset(): void {
    this.#received = 0;
    this.#processed = 0;
    this.#dropped = {};
  }
}
