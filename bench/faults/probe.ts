import type { Page } from "playwright-core";

/** What a viewer's page has shown and when, ms since 1970: one clock for all of this machine. */
export interface Seen {
  /** When a frame of the phone's video was presented. */
  readonly framesMs: readonly number[];
  /** When the list of detections changed. */
  readonly detectionsMs: readonly number[];
}

/** A window that keeps what it shows. */
interface ProbedWindow {
  __seen?: { framesMs: number[]; detectionsMs: number[] };
}

/** Runs in the page, also before anything is there. Looks, asks the app nothing. */
export function probe(): void {
  const seen = { framesMs: [] as number[], detectionsMs: [] as number[] };
  (globalThis as ProbedWindow).__seen = seen;
  let video: HTMLVideoElement | null = null;
  let before = "";
  const watchFrames = (element: HTMLVideoElement) => {
    element.requestVideoFrameCallback(() => {
      seen.framesMs.push(Date.now());
      watchFrames(element);
    });
  };
  setInterval(() => {
    const found = document.querySelector<HTMLVideoElement>("[data-testid=video]");
    if (found !== null && found !== video) watchFrames(video = found);
    const text = document.querySelector(".detections")?.textContent ?? "";
    if (text !== before && text !== "") seen.detectionsMs.push(Date.now());
    before = text;
  }, 20);
}

/** What a page has shown so far. */
export function readSeen(page: Page): Promise<Seen> {
  return page.evaluate(() =>
    (globalThis as ProbedWindow).__seen ?? { framesMs: [], detectionsMs: [] }
  );
}

/**
 * Ms from a moment on until something is seen again; 0 when it never stopped.
 * @returns `null` if it takes longer than `timeoutMs`.
 */
export async function backAfterMs(
  page: Page,
  what: keyof Seen,
  sinceMs: number,
  timeoutMs = 30_000,
): Promise<number | null> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const found = (await readSeen(page))[what].find((atMs) => atMs >= sinceMs);
    if (found !== undefined) return found - sinceMs;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return null;
}

/** The longest time between two things seen, within a span. */
export function longestGapMs(timesMs: readonly number[], fromMs: number, toMs: number): number {
  const within = [fromMs, ...timesMs.filter((atMs) => atMs > fromMs && atMs < toMs), toMs];
  return Math.max(...within.slice(1).map((atMs, i) => atMs - within[i]!));
}
