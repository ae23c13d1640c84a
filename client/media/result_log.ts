import type { FrameKey, FrameResult } from "../inference/worker_messages.ts";

/** Results kept: a few frames' worth, since only the newest that fits is ever drawn. */
const MAX_RESULTS = 8;

/** Chromium's RTP timestamps of one frame may differ by one tick of 1 ms between its two sources. */
const RTP_TOLERANCE_TICKS = 90;

/** RTP video clocks run at 90 kHz. */
const RTP_TICKS_PER_MS = 90;

/** Media times of one frame agree to well below half the shortest frame interval in use. */
const MEDIA_TOLERANCE_MS = 1;

/** The frame on screen. */
export interface ShownFrame {
  readonly key: FrameKey;
  /** Now, ms since the epoch; only used for results without a key. */
  readonly nowMs: number;
}

/** A result to be drawn, and how old it is for the frame on screen. */
export interface Pick {
  readonly result: FrameResult;
  /** 0 when the result is of the very frame on screen; else how much earlier its frame is, ms. */
  readonly ageMs: number;
}

/**
 * Finds the boxes for the frame on screen: its own, else those of the newest frame before it.
 * Results of frames that are not on screen yet are kept until they are.
 */
export class ResultLog {
  #results: FrameResult[] = [];

  /** Adds a result, in the order in which frames were processed. */
  add(result: FrameResult): void {
    this.#results.push(result);
    if (this.#results.length > MAX_RESULTS) this.#results.shift();
  }

  /** Forgets everything: the source changed. */
  clear(): void {
    this.#results = [];
  }

  /** The newest result that is not of a later frame than the one on screen; `null` if none is. */
  pick(shown: ShownFrame): Pick | null {
    let best: Pick | null = null;
    for (const result of this.#results) {
      const ageMs = ageOf(result, shown);
      if (ageMs !== null && (best === null || ageMs <= best.ageMs)) best = { result, ageMs };
    }
    return best;
  }
}

/** How much earlier the result's frame is than the one on screen, ms; `null` when it is later. */
function ageOf(
  { key, grabbedAtMs }: FrameResult,
  { key: shown, nowMs }: ShownFrame,
): number | null {
  // Without a common key the result's own time bounds its age from below; it is never exact.
  if (key === null || key.clock !== shown.clock) return Math.max(1, nowMs - grabbedAtMs);
  if (key.clock === "media") return clamp(shown.value - key.value, MEDIA_TOLERANCE_MS);
  // Signed difference modulo 2³², since RTP timestamps wrap.
  const ticks = (shown.value - key.value) | 0;
  return clamp(ticks / RTP_TICKS_PER_MS, RTP_TOLERANCE_TICKS / RTP_TICKS_PER_MS);
}

function clamp(ageMs: number, toleranceMs: number): number | null {
  if (Math.abs(ageMs) <= toleranceMs) return 0;
  return ageMs < 0 ? null : ageMs;
}
