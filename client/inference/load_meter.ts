import type { LoadSample } from "./load_level.ts";

interface Entry {
  readonly atMs: number;
  readonly ageMs: number;
  readonly costMs: number | null;
}

/** Looks this far back. */
const WINDOW_MS = 3_000;

/** More than this never come in that time from a camera; memory is bounded all the same. */
const MAX_ENTRIES = 512;

/** Gathers what load control looks at. All times are ms on one clock of the caller's choice. */
export class LoadMeter {
  #entries: Entry[] = [];

  /**
   * One frame is done. `ageMs`: since it came from the camera. `costMs`: how long it kept the next
   * one from being processed.
   */
  addResult(nowMs: number, { ageMs, costMs }: { ageMs: number; costMs: number }): void {
    this.#add({ atMs: nowMs, ageMs, costMs });
  }

  /** One frame was given up at this age: nothing is known of its cost but that it was too much. */
  addLoss(nowMs: number, ageMs: number): void {
    this.#add({ atMs: nowMs, ageMs, costMs: null });
  }

  /** What the last moments were like. */
  sample(nowMs: number): LoadSample {
    this.#entries = this.#entries.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
    const costMs = median(this.#entries.flatMap(({ costMs }) => costMs === null ? [] : [costMs]));
    return {
      nowMs,
      ageMs: median(this.#entries.map(({ ageMs }) => ageMs)),
      rateFps: costMs === null || costMs <= 0 ? null : 1000 / costMs,
    };
  }

  /** Starts anew: what was measured is of another way of doing it. */
  clear(): void {
    this.#entries = [];
  }

  #add(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
  }
}

/** Middle of the values, the upper of two; `null` of none. */
export function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? null;
}
