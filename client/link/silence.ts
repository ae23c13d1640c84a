/** Whoever was asked is listened for this often. */
export const LOOK_MS = 250;

/** How long nothing came from whoever was asked, as far as this page would have read it. */
export interface Silence {
  readonly silentMs: number;
  /** When that was looked at last. */
  readonly lookedMs: number;
  /** That look came late. */
  readonly wasLate: boolean;
}

/** Asked just now. */
export function askedAt(nowMs: number): Silence {
  return { silentMs: 0, lookedMs: nowMs, wasLate: false };
}

/**
 * Still nothing, `LOOK_MS` after the last look, or later. A page that slept, or whose thread was busy,
 * comes to its timers before it reads what came meanwhile, so a late look counts for nothing. Two in a
 * row are the pace of timers in the background: between them it has read.
 */
export function lookAgain({ silentMs, lookedMs, wasLate }: Silence, nowMs: number): Silence {
  const passedMs = nowMs - lookedMs;
  const isLate = passedMs >= 2 * LOOK_MS;
  const countedMs = isLate && !wasLate ? 0 : passedMs;
  return { silentMs: silentMs + countedMs, lookedMs: nowMs, wasLate: isLate };
}
