import { median } from "../base/quantiles.ts";

interface Entry {
  readonly atMs: number;
  readonly value: number;
}

/** A rate over less than this is noise. */
const MIN_SPAN_MS = 500;

/**
 * Values of the last `windowMs`, for live figures. Time comes in with every call, on one clock of
 * the caller's choice; what is older than the window is forgotten, so memory is bounded by the rate.
 */
export class SlidingWindow {
  readonly #windowMs: number;
  #entries: Entry[] = [];
  #startedAtMs: number | null = null;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Adds a value at `nowMs`. */
  add(nowMs: number, value: number): void {
    this.#startedAtMs ??= nowMs;
    this.#entries.push({ atMs: nowMs, value });
    this.#forget(nowMs);
  }

  /** Sum of the values per second; `null` before there is a span to divide by. */
  sumPerSecond(nowMs: number): number | null {
    return this.#perSecond(nowMs, (total, { value }) => total + value);
  }

  /** Number of values per second; `null` before there is a span to divide by. */
  countPerSecond(nowMs: number): number | null {
    return this.#perSecond(nowMs, (total) => total + 1);
  }

  /** Middle of the values; `null` when there is none in the window. */
  median(nowMs: number): number | null {
    this.#forget(nowMs);
    return median(this.#entries.map(({ value }) => value));
  }

  /** Starts anew: the source changed. */
  clear(): void {
    this.#entries = [];
    this.#startedAtMs = null;
  }

  #perSecond(nowMs: number, add: (total: number, entry: Entry) => number): number | null {
    if (this.#startedAtMs === null) return null;
    this.#forget(nowMs);
    const spanMs = Math.min(this.#windowMs, nowMs - this.#startedAtMs);
    if (spanMs < MIN_SPAN_MS) return null;
    // The span begins with the first value: what counts is what came after it.
    const within = this.#entries.filter(({ atMs }) => atMs > nowMs - spanMs);
    return (within.reduce(add, 0) * 1000) / spanMs;
  }

  #forget(nowMs: number): void {
    const first = this.#entries.findIndex(({ atMs }) => atMs > nowMs - this.#windowMs);
    this.#entries = first === -1 ? [] : this.#entries.slice(first);
  }
}
