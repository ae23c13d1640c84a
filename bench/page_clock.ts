import type { Page } from "playwright-core";
import { scriptOf } from "./browser.ts";

/** How a clock differs from this machine's. */
export interface ClockShift {
  readonly offsetMs: number;
  /** How much faster it runs, in millionths. */
  readonly driftPpm: number;
}

/** A phone whose clock is wrong and gets worse: leaving out the sync cannot go unnoticed. */
export const WRONG_CLOCK: ClockShift = { offsetMs: 1_700, driftPpm: 50 };

/** Has a page, or a Worker, read a wrong clock wherever it asks for the time. */
export function shiftClock(shift: ClockShift): { content: string } {
  return scriptOf(({ offsetMs, driftPpm }) => {
    const rate = 1 + driftPpm / 1e6;
    const { timeOrigin } = performance;
    const now = performance.now.bind(performance);
    const OwnDate = Date;
    const epochMs = () => timeOrigin + offsetMs + now() * rate;
    performance.now = () => now() * rate;
    Object.defineProperty(performance, "timeOrigin", { value: timeOrigin + offsetMs });
    globalThis.Date = class extends OwnDate {
      constructor(...parts: []) {
        super(...(parts.length === 0 ? [epochMs()] as unknown as [] : parts));
      }
      static override now() {
        return Math.floor(epochMs());
      }
    } as DateConstructor;
  }, shift);
}

/** Where Debian's libfaketime is, for programs with threads. */
const FAKETIME = "/usr/$LIB/faketime/libfaketimeMT.so.1";

/** The environment in which a whole program, such as a browser, has a wrong clock (Linux). */
export function wrongClockEnv({ offsetMs, driftPpm }: ClockShift): Record<string, string> {
  const sign = offsetMs < 0 ? "" : "+";
  return {
    LD_PRELOAD: FAKETIME,
    FAKETIME: `${sign}${offsetMs / 1000}s x${1 + driftPpm / 1e6}`,
  };
}

/** What a page's clock said at one moment of this machine's; both ms since the epoch. */
export interface ClockPair {
  readonly ourMs: number;
  readonly pageMs: number;
  /** `pageMs` is at most this wrong. */
  readonly errorMs: number;
}

const ASKS = 20;

/** Reads a page's clock: the quickest of some answers is the one that is least wrong. */
export async function readPageClock(page: Page): Promise<ClockPair> {
  let best: ClockPair | undefined;
  for (let ask = 0; ask < ASKS; ask++) {
    const askedMs = nowMs();
    const pageMs = await page.evaluate(() => performance.timeOrigin + performance.now());
    const errorMs = (nowMs() - askedMs) / 2;
    if (best === undefined || errorMs < best.errorMs) {
      best = { ourMs: askedMs + errorMs, pageMs, errorMs };
    }
  }
  return best!;
}

/** A time of this machine's clock → on a page's, from two readings around it. */
export function toPageMs(ourMs: number, [first, last]: readonly [ClockPair, ClockPair]): number {
  const share = (ourMs - first.ourMs) / (last.ourMs - first.ourMs);
  return first.pageMs + share * (last.pageMs - first.pageMs);
}

/** On the clock that swap times of a screencast are on. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
