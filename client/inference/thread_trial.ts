import type { SizePx } from "@/vision";
import { median } from "../base/quantiles.ts";
import { type Reading, stepBetween } from "../time/video_time.ts";
import type { FrameResult } from "./worker_messages.ts";

/** What a trial looks at of a result. */
export type TrialResult = Pick<
  FrameResult,
  "key" | "readyAtMs" | "grabbedAtMs" | "waitedMs" | "inputPx"
>;

/** What a trial came to so far. */
export interface TrialStep {
  /** Whether the threads that were tried stay; `null`: none were, these results were of the others. */
  readonly isBetter: boolean | null;
  /** The number to try next; `null`: the trial is over. */
  readonly next: number | null;
}

/** Each number is watched for so long … */
const SPAN_MS = 1_500;
const MIN_RESULTS = 5;

/** … after the browser has had time to compile the runtime's code well, for which it takes cores, too. */
const COLD_MS = 2_000;
const COLD_RESULTS = 3;

/** A slow model gives too few in that time, and a paused one none; then they have to do. */
const MAX_SPAN_MS = 8_000;

/** Fresher by less is chance, and no reason to take more cores: a quarter of a screen's interval. */
const MARGIN_MS = 4;

/**
 * Finds the number of threads with which boxes are the freshest; of several as good, the fewest.
 * Decoding, painting and other programs want cores, too: a run that is quicker on all of them may only
 * see older frames. So what counts is how old a result is until the next one takes its place, by the
 * frames' own clock, in which the delay of the video is contained. The zero of that clock is not known,
 * and need not be to compare.
 *
 * The caller changes the threads and says when results are of others. Pure.
 */
export class ThreadTrial {
  #threads: number;
  #ageMs: number | null = null;
  #tried: number | null = null;
  readonly #others: number[];
  #isPaused = false;
  #inputPx: SizePx | null = null;
  #results: { readonly atMs: number; readonly ageMs: number }[] = [];
  #cold: { readonly sinceMs: number; results: number } | null = null;
  #zero: { readonly frame: Reading; readonly readyAtMs: number } | null = null;

  /** @param threads Of the results that come first. @param others To be tried, in this order. */
  constructor(threads: number, others: readonly number[]) {
    this.#threads = threads;
    this.#others = [...others];
  }

  /** The best so far. */
  get threads(): number {
    return this.#threads;
  }

  /** Whether all were measured to the end. */
  get isMeasured(): boolean {
    return this.#ageMs !== null && this.#others.length === 0 && this.#tried === null;
  }

  /** Results are of the number that is to be tried from now on. */
  begin(): void {
    this.#isPaused = false;
  }

  /** A frame is done. `null`: go on as it is. After a step, waits for {@linkcode ThreadTrial.begin}. */
  add(result: TrialResult): TrialStep | null {
    if (this.#isPaused) return null;
    if (this.#hasOtherSize(result)) return this.#giveUp();
    if (this.#isCold(result)) return null;
    const ageMs = this.#ageOf(result);
    if (ageMs === null) return null;
    this.#results.push({ atMs: result.readyAtMs, ageMs });
    const spanMs = result.readyAtMs - this.#results[0]!.atMs;
    const isEnough = spanMs >= SPAN_MS && this.#results.length >= MIN_RESULTS;
    if (!isEnough && spanMs < MAX_SPAN_MS) return null;
    return this.#judge(this.#ageOnScreenMs(spanMs));
  }

  #judge(ageMs: number): TrialStep {
    const isFirst = this.#ageMs === null;
    const tried = this.#tried ?? this.#threads;
    const allowedMs = isFirst
      ? Infinity
      : this.#ageMs! + (tried > this.#threads ? -MARGIN_MS : MARGIN_MS);
    const isBetter = ageMs < allowedMs;
    if (isBetter) [this.#threads, this.#ageMs] = [tried, ageMs];
    return this.#step(isFirst ? null : isBetter, this.#others.shift() ?? null);
  }

  /** Sizes change under load: there the present threads are left alone. */
  #giveUp(): TrialStep {
    this.#ageMs = null;
    return this.#step(this.#tried === null ? null : false, null);
  }

  #step(isBetter: boolean | null, next: number | null): TrialStep {
    this.#isPaused = true;
    this.#tried = next;
    this.#results = [];
    this.#cold = null;
    return { isBetter, next };
  }

  #isCold({ readyAtMs }: TrialResult): boolean {
    const cold = this.#cold ??= { sinceMs: readyAtMs, results: 0 };
    cold.results += 1;
    return cold.results <= COLD_RESULTS || readyAtMs - cold.sinceMs < COLD_MS;
  }

  #hasOtherSize({ inputPx }: TrialResult): boolean {
    const known = this.#inputPx;
    this.#inputPx = inputPx;
    if (known === null || inputPx === null) return false;
    return known.widthPx !== inputPx.widthPx || known.heightPx !== inputPx.heightPx;
  }

  /** When a result is there, and for half the time until the next one on average. */
  #ageOnScreenMs(spanMs: number): number {
    const intervalMs = spanMs / Math.max(1, this.#results.length - 1);
    return median(this.#results.map(({ ageMs }) => ageMs))! + intervalMs / 2;
  }

  /** By the clock of the frames, against the first of them; `null`: it has another clock. */
  #ageOf({ key, readyAtMs, grabbedAtMs, waitedMs }: TrialResult): number | null {
    const frame: Reading = key ?? { clock: "arrival", value: grabbedAtMs - waitedMs };
    const zero = this.#zero ??= { frame, readyAtMs };
    const stepMs = stepBetween(zero.frame, frame);
    return stepMs === null ? null : readyAtMs - zero.readyAtMs - stepMs;
  }
}
