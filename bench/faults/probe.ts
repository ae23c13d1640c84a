import type { Page } from "playwright-core";

/** What a viewer's page has shown and when, ms since 1970: one clock for all of this machine. */
export interface Seen {
  /** When a frame of the phone's video was presented. */
  readonly framesMs: readonly number[];
  /** When the list of detections changed. */
  readonly detectionsMs: readonly number[];
  /** When the page stopped saying how frames go to the server. */
  readonly transportGoneMs: readonly number[];
  /** When it said so (again). */
  readonly transportHereMs: readonly number[];
}

/** What is shown again and again, and can stand still. */
export type Shown = "framesMs" | "detectionsMs";

/** A window that keeps what it shows. */
interface ProbedWindow {
  __seen?: Seen;
}

/** Runs in the page, also before anything is there. Looks, asks the app nothing. */
export function probe(): void {
  const seen = {
    framesMs: [] as number[],
    detectionsMs: [] as number[],
    transportGoneMs: [] as number[],
    transportHereMs: [] as number[],
  };
  (globalThis as ProbedWindow).__seen = seen;
  let video: HTMLVideoElement | null = null;
  let before = "";
  let wasHere = false;
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
    const isHere = document.querySelector("[data-testid=transport]") !== null;
    if (isHere !== wasHere) (isHere ? seen.transportHereMs : seen.transportGoneMs).push(Date.now());
    wasHere = isHere;
  }, 20);
}

/** What a page has shown so far. */
export function readSeen(page: Page): Promise<Seen> {
  return page.evaluate(() =>
    (globalThis as ProbedWindow).__seen ??
      { framesMs: [], detectionsMs: [], transportGoneMs: [], transportHereMs: [] }
  );
}

/** Waits until a page shows something from now on. */
export async function waitToSee(page: Page, what: Shown): Promise<void> {
  const sinceMs = Date.now();
  const isSeen = async () => (await readSeen(page))[what].some((atMs) => atMs >= sinceMs);
  await poll(isSeen, 30_000);
}

/** Asks again and again. @returns Whether it was so in time. */
export async function poll(isSo: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (await isSo()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

/** The longest time between two things seen, within a span. */
export function longestGapMs(timesMs: readonly number[], fromMs: number, toMs: number): number {
  const within = [fromMs, ...timesMs.filter((atMs) => atMs > fromMs && atMs < toMs), toMs];
  return Math.max(...within.slice(1).map((atMs, i) => atMs - within[i]!));
}
