import type { Timers } from "../base/timers.ts";
import { ThreadTrial, type TrialResult, type TrialStep } from "./thread_trial.ts";

/** What trials are made with. */
export interface ThreadTrialsOptions {
  /** The numbers of threads that make sense here. */
  readonly candidates: readonly number[];
  /** Whether the best of them is known already. */
  readonly isKnown: boolean;
  readonly timers: Timers;
}

/** Threads are tried when detection has run for so long: at first everything else starts, too. */
const TRIAL_AFTER_MS = 10_000;

/** After a change of pace they are tried again, but no sooner. */
const TRIAL_AGAIN_MS = 5 * 60_000;

/** Says when numbers of threads are tried. */
export class ThreadTrials {
  readonly #options: ThreadTrialsOptions;
  #trial: ThreadTrial | null = null;
  /** `null`: no result came yet. */
  #fromMs: number | null = null;
  #isKnown: boolean;
  #knownAtMs: number;

  constructor(options: ThreadTrialsOptions) {
    this.#options = options;
    this.#isKnown = options.isKnown || options.candidates.length === 1;
    this.#knownAtMs = options.timers.nowMs();
  }

  /** Whether one is under way. */
  get isTrying(): boolean {
    return this.#trial !== null;
  }

  /** A result of the `threads` in use came. `null`: go on as it is. */
  add(result: TrialResult, threads: number): TrialStep | null {
    if (this.#isKnown) return null;
    const { candidates, timers } = this.#options;
    const nowMs = timers.nowMs();
    this.#fromMs ??= nowMs + TRIAL_AFTER_MS;
    if (nowMs < this.#fromMs) return null;
    this.#trial ??= new ThreadTrial(threads, candidates.filter((other) => other !== threads));
    return this.#trial.add(result);
  }

  /** Results are of the number that is tried from now on. */
  begin(): void {
    this.#trial?.begin();
  }

  /** Another source shows other things, and perhaps none at all for a long time. */
  abandon(): void {
    this.#trial = null;
    this.#fromMs = null;
  }

  /** The number in use stays. Says whether it was measured against all others. */
  settle(): boolean {
    const isMeasured = this.#trial?.isMeasured ?? false;
    this.#trial = null;
    this.#isKnown = true;
    this.#knownAtMs = this.#options.timers.nowMs();
    return isMeasured;
  }

  /** The pace is another one: what was found long ago need not hold. */
  paceChanged(): void {
    const { candidates, timers } = this.#options;
    if (!this.#isKnown || timers.nowMs() - this.#knownAtMs < TRIAL_AGAIN_MS) return;
    this.#isKnown = candidates.length === 1;
    this.#fromMs = null;
  }
}
