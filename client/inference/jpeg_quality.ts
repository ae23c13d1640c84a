import type { Effort } from "./effort.ts";

/** The quality of now, and what speaks for another. */
export interface QualityState {
  /** 0–1, as `convertToBlob` takes it. */
  readonly quality: number;
  /** Steps in a row that found the network too slow (below 0) or fast enough for more (above 0). */
  readonly streak: number;
}

/** What the last moments were like, medians. */
export interface QualitySample {
  readonly roundTripMs: number;
  readonly targetMs: number;
}

/**
 * The way to the server and back may take this long on top of the server's own work, which no
 * quality makes shorter.
 */
export const NETWORK_TARGET_MS = 60;

/** Between these shares of the target nothing is changed. */
const SLOW = 1.2;
const FAST = 0.8;

/** Worse at once, since frames already wait; better only after some time of calm. */
const STEPS_DOWN_AFTER = 2;
const STEPS_UP_AFTER = 4;

const STEP_DOWN = 0.05;
const STEP_UP = 0.02;

/** Begins in the middle of the bounds. */
export function startQuality(bounds: Effort["quality"]): QualityState {
  return { quality: clamp((bounds.min + bounds.max) / 2, bounds), streak: 0 };
}

/** Steers the quality towards the round trip that is wanted. Pure; call it about once a second. */
export function stepQuality(
  { quality, streak }: QualityState,
  sample: QualitySample | null,
  bounds: Effort["quality"],
): QualityState {
  const within = clamp(quality, bounds);
  if (sample === null) return { quality: within, streak: 0 };
  const { roundTripMs, targetMs } = sample;
  if (roundTripMs > targetMs * SLOW) {
    const slow = Math.min(0, streak) - 1;
    return slow > -STEPS_DOWN_AFTER
      ? { quality: within, streak: slow }
      : { quality: clamp(within - STEP_DOWN, bounds), streak: 0 };
  }
  if (roundTripMs < targetMs * FAST) {
    const fast = Math.max(0, streak) + 1;
    return fast < STEPS_UP_AFTER
      ? { quality: within, streak: fast }
      : { quality: clamp(within + STEP_UP, bounds), streak: 0 };
  }
  return { quality: within, streak: 0 };
}

function clamp(quality: number, { min, max }: Effort["quality"]): number {
  // Hundredths: steps would otherwise drift by binary fractions.
  return Math.round(Math.min(max, Math.max(min, quality)) * 100) / 100;
}
