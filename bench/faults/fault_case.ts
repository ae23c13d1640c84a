import type { Progress } from "../progress.ts";

/** What one case came to. Everything in it goes into the file of results. */
export interface FaultResult {
  /** How many of what was tried. */
  readonly tried: number;
  /** What they were, in a few words. */
  readonly what: string;
  /** How the app answered: how many of each. */
  readonly answers: Readonly<Record<string, number>>;
  /** What was lost by the fault, in words; "nothing" where that was so. */
  readonly lost: string;
  /** After the cause had ended, each time; empty where nothing had to come back. */
  readonly recoveryMs: readonly number[];
  /** What should not have been, a sentence each. */
  readonly violations: readonly string[];
  /** Further figures, by a name that ends in their unit. */
  readonly figures?: Readonly<Record<string, number | null>>;
}

/** Where a case puts what has to end with it, and tells how far it is. */
export interface FaultContext {
  readonly stack: AsyncDisposableStack;
  readonly progress: Progress;
  /** Makes every random choice, so that a case can be run again as it was. */
  readonly random: () => number;
}

/** Something bad that happens to the app. */
export interface FaultCase {
  readonly name: string;
  readonly title: string;
  /** It is given up, as a violation, after so long. */
  readonly limitS: number;
  /** What it needs beyond Deno, as words for the reader; `null`: nothing. */
  readonly needs: "browsers" | "root on Linux" | "browsers and root on Linux" | null;
  run(context: FaultContext): Promise<FaultResult>;
}

/** Adds one to a count. */
export function tally(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

/** Numbers from 0 to below 1, the same ones for the same seed. Source: Marsaglia, Xorshift RNGs (2003). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** One of several. */
export function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}
