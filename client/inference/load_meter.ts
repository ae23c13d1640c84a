import { median } from "../base/quantiles.ts";
import type { LoadSample } from "./load_level.ts";
import type { SizeSample } from "./size_choice.ts";

/** What one frame costs; see {@linkcode SizeSample}. */
type CostSample = Pick<SizeSample, "costMs" | "runMs">;

interface Entry {
  readonly atMs: number;
  readonly ageMs: number;
  readonly costMs: number | null;
  readonly runMs: number | null;
}

/** Looks this far back. */
const WINDOW_MS = 3_000;

/** More than this never come in that time from a camera; memory is bounded all the same. */
const MAX_ENTRIES = 512;

/** Gathers what load control looks at. All times are ms on one clock of the caller's choice. */
export class LoadMeter {
  #entries: Entry[] = [];
  /** Since when everything is in the entries; `null`: since the next one. */
  #sinceMs: number | null = null;

  /**
   * One frame is done. `ageMs`: since it came from the camera. `costMs`: how long it kept the next
   * one from being processed. `runMs`: of that, the model's own run; `null`: not known.
   */
  addResult(
    nowMs: number,
    { ageMs, costMs, runMs = null }: { ageMs: number; costMs: number; runMs?: number | null },
  ): void {
    this.#add({ atMs: nowMs, ageMs, costMs, runMs });
  }

  /** One frame was given up at this age: nothing is known of its cost but that it was too much. */
  addLoss(nowMs: number, ageMs: number): void {
    this.#add({ atMs: nowMs, ageMs, costMs: null, runMs: null });
  }

  /** What the last moments were like. */
  sample(nowMs: number): LoadSample & CostSample {
    this.#entries = this.#entries.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
    const costMs = this.#median("costMs");
    return {
      nowMs,
      ageMs: this.#median("ageMs"),
      rateFps: costMs === null || costMs <= 0 ? null : 1000 / costMs,
      costMs,
      runMs: this.#median("runMs"),
    };
  }

  /**
   * How much of the last moments the model ran, 0–1, more where runs overlap. `null`: not measured for
   * so long yet, or with runs whose time is not known.
   */
  runShare(nowMs: number): number | null {
    if (this.#sinceMs === null || nowMs - this.#sinceMs < WINDOW_MS) return null;
    const entries = this.#entries.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
    if (entries.length === 0 || entries.some(({ runMs }) => runMs === null)) return null;
    return entries.reduce((sum, { runMs }) => sum + runMs!, 0) / WINDOW_MS;
  }

  /** Starts anew: what was measured is of another way of doing it. */
  clear(): void {
    this.#entries = [];
    this.#sinceMs = null;
  }

  #median(field: "ageMs" | "costMs" | "runMs"): number | null {
    return median(this.#entries.flatMap((entry) => entry[field] ?? []));
  }

  #add(entry: Entry): void {
    this.#sinceMs ??= entry.atMs;
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
  }
}
