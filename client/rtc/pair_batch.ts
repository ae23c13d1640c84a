import { MAX_CAPTURE_PAIRS } from "@/protocol";
import type { CapturePair } from "../time/capture_timeline.ts";

/** Late enough to save messages, early enough for frames that are still on their way. */
export const BATCH_MS = 100;

/** Gathers pairs into messages, without a timer: the next frame hands over those before it. */
export class PairBatch {
  #pairs: CapturePair[] = [];

  /** Takes one; answers those that are due, with it, or `null`. */
  add(pair: CapturePair): CapturePair[] | null {
    this.#pairs.push(pair);
    const [first] = this.#pairs;
    const isDue = pair[1] - first![1] >= BATCH_MS || this.#pairs.length >= MAX_CAPTURE_PAIRS;
    if (!isDue) return null;
    const pairs = this.#pairs;
    this.#pairs = [];
    return pairs;
  }
}
