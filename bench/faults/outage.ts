/** When something is shown again that a fault had stopped, and not what was still on its way. */
import type { Page } from "playwright-core";
import { longestGapMs, poll, readSeen, type Seen, type Shown } from "./probe.ts";

/** Something seen has stopped when it stands still for so long. */
const STOPPED_MS = 1_000;

const BACK_WITHIN_MS = 30_000;

/**
 * How it is known that something had stopped before it came back. `transport`: the page lost its way to
 * the server's inference and has one again. `stillness`: nothing was seen for a second.
 * `page`: what showed it is gone, and this is another page.
 */
export type StopSign = "transport" | "stillness" | "page";

/** What was done, and when: ms since 1970. */
export interface Cause {
  readonly beganMs: number;
  /** From here on it may come back. */
  readonly endedMs: number;
}

/** What a cause came to. */
export interface Outage {
  /** From the cause's end on. */
  readonly backAfterMs: number;
  /** The longest that nothing new was shown, from before the cause until it was back. */
  readonly stoodStillMs: number;
}

/** What to look for. */
export interface Awaited {
  readonly what: Shown;
  readonly sign: StopSign;
  readonly cause: Cause;
}

/** The outage so far; `null`: it was not seen to have stopped, or is not back. */
export function outageOf(seen: Seen, { what, sign, cause }: Awaited): Outage | null {
  const { beganMs, endedMs } = cause;
  const times = seen[what];
  const mayCountMs = sign === "transport" ? transportBackMs(seen, beganMs) : endedMs;
  if (mayCountMs === null) return null;
  const lastBeforeMs = times.findLast((atMs) => atMs <= beganMs) ?? beganMs;
  const backMs = times.find((atMs, i) =>
    atMs >= Math.max(endedMs, mayCountMs) &&
    (sign !== "stillness" || atMs - (times[i - 1] ?? beganMs) >= STOPPED_MS)
  );
  if (backMs === undefined) return null;
  return { backAfterMs: backMs - endedMs, stoodStillMs: longestGapMs(times, lastBeforeMs, backMs) };
}

/**
 * Waits for the end of an outage.
 * @param earlier What was seen before the cause, for a page that is another one now.
 * @returns `null` if it takes too long, or never stopped.
 */
export async function waitForReturn(
  page: Page,
  awaited: Awaited,
  earlier: readonly number[] = [],
): Promise<Outage | null> {
  let outage: Outage | null = null;
  await poll(async () => {
    const seen = await readSeen(page);
    const times = [...new Set([...earlier, ...seen[awaited.what]])].sort((a, b) => a - b);
    outage = outageOf({ ...seen, [awaited.what]: times }, awaited);
    return outage !== null;
  }, BACK_WITHIN_MS);
  return outage;
}

/** A few times in words, such as `0.6–2.1 s`. */
export function spanWords(timesMs: readonly number[]): string {
  const [least, most] = [Math.min(...timesMs), Math.max(...timesMs)].map((ms) =>
    (ms / 1000).toFixed(1)
  );
  return least === most ? `${most} s` : `${least}–${most} s`;
}

function transportBackMs(
  { transportGoneMs, transportHereMs }: Seen,
  beganMs: number,
): number | null {
  const goneMs = transportGoneMs.find((atMs) => atMs >= beganMs);
  if (goneMs === undefined) return null;
  return transportHereMs.find((atMs) => atMs > goneMs) ?? null;
}
