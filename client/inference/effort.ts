import type { Profile } from "@/protocol";
import type { LoadLevel } from "./load_level.ts";

/** How much work a detector may make. */
export interface Effort {
  /** Least time between two frames; 0: every newest frame; `null`: no frames at all. */
  readonly minIntervalMs: number | null;
  /** Size of the model's input, see `inputSize`; 0: the largest. */
  readonly sizeLevel: number;
  /** Frames to the server that may be unanswered at once. */
  readonly inFlight: number;
  /** A JPEG fits into this, besides the model's input; `null`: no such bound. */
  readonly boundPx: { readonly widthPx: number; readonly heightPx: number } | null;
  /** Bounds of the JPEG quality, 0–1. */
  readonly quality: { readonly min: number; readonly max: number };
}

/** What each profile lets the quality of a JPEG be. */
export const JPEG_QUALITY: Readonly<Record<Profile, Effort["quality"]>> = {
  low: { min: 0.5, max: 0.6 },
  balanced: { min: 0.6, max: 0.75 },
  high: { min: 0.75, max: 0.85 },
};

/** The size of the low profile, and of frames under load. */
const SMALL_PX = { widthPx: 320, heightPx: 240 } as const;

/** 15 frames a second: the upper end of what the low profile is for. */
const LOW_INTERVAL_MS = 1000 / 15;

/** 5 frames a second still show what is there, and leave most of the time to everything else. */
const LATEST_ONLY_INTERVAL_MS = 200;

const WORST_QUALITY = 0.5;

/** What a load level allows in a profile, with the model's input of this size. Pure. */
export function effortFor(level: LoadLevel, profile: Profile, sizeLevel = 0): Effort {
  const quality = JPEG_QUALITY[profile];
  const isLow = profile === "low";
  switch (level) {
    case "full":
      return {
        sizeLevel,
        minIntervalMs: isLow ? LOW_INTERVAL_MS : 0,
        inFlight: 2,
        boundPx: isLow ? SMALL_PX : null,
        quality,
      };
    case "reduced":
      return {
        sizeLevel,
        minIntervalMs: isLow ? 1000 / 10 : LOW_INTERVAL_MS,
        inFlight: 2,
        boundPx: SMALL_PX,
        quality: { min: WORST_QUALITY, max: quality.min },
      };
    case "latest-only":
    case "paused":
      return {
        sizeLevel,
        minIntervalMs: level === "paused" ? null : LATEST_ONLY_INTERVAL_MS,
        inFlight: 1,
        boundPx: SMALL_PX,
        quality: { min: WORST_QUALITY, max: WORST_QUALITY },
      };
  }
}
