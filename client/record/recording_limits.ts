/** Longer than this no recording gets. */
export const MAX_RECORDING_MS = 10 * 60_000;

/** The browser keeps it in memory or on its disk until it is saved. */
export const MAX_RECORDING_BYTES = 500_000_000;

/** About 30 MB; eleven in every frame of ten minutes at 30 frames a second. */
export const MAX_LOGGED_DETECTIONS = 200_000;

/** Twice what ten minutes at 30 frames a second hold. */
export const MAX_LOGGED_FRAMES = 36_000;

/** The limits as the page says them. */
export const LIMIT_WORDS = "10 minutes, 500 MB or 200,000 detections";

/** Why a recording ended. */
export type StopCause =
  | "person"
  | "time"
  | "size"
  | "detections"
  /** The camera's stream is over. */
  | "source"
  /** The browser gave it up. */
  | "failed";

/** What has been recorded so far. */
export interface RecordedAmount {
  readonly elapsedMs: number;
  /** Of that, the picture stood still, because nobody saw the page that paints it. */
  readonly gapMs: number;
  readonly bytes: number;
  readonly frames: number;
  readonly detections: number;
}

/** The limit that a recording has reached; `null`: none. */
export function limitReached(
  { elapsedMs, bytes, frames, detections }: Omit<RecordedAmount, "gapMs">,
): StopCause | null {
  if (elapsedMs >= MAX_RECORDING_MS) return "time";
  if (bytes >= MAX_RECORDING_BYTES) return "size";
  const isFull = detections >= MAX_LOGGED_DETECTIONS || frames >= MAX_LOGGED_FRAMES;
  return isFull ? "detections" : null;
}

/** What the page says when it was not the person who ended it. */
export const STOP_SENTENCES: Readonly<Record<Exclude<StopCause, "person">, string>> = {
  time: "The recording stopped automatically at 10 minutes.",
  size: "The recording stopped automatically at 500 MB.",
  detections: "The recording stopped automatically at the limit of detections.",
  source: "The camera's stream ended, so the recording stopped.",
  failed: "The browser stopped the recording. What was recorded until then is kept.",
};
