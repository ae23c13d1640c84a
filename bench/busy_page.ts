import type { Page } from "playwright-core";
import { exportMetrics, resetMetrics } from "./people.ts";
import { until } from "./until.ts";

/** How long the page is busy. */
const BUSY_MS = 4_000;

/** What was under way before does not count. */
const BEFORE_MS = 1_000;

/** A machine that has all to do at once shows two or three a second. */
const MIN_RESULTS = 5;

/**
 * Keeps a page's own thread busy for seconds, and sees to it that results went on to be shown all the while.
 * Its browser composes pages without that thread; see `LaunchOptions.hasGpu`.
 */
export async function showsWhileBusy(page: Page): Promise<void> {
  await resetMetrics(page);
  const [beginMs, endMs] = await page.evaluate((busyMs) => {
    const beginMs = Date.now();
    while (Date.now() < beginMs + busyMs);
    return [beginMs, Date.now()] as const;
  }, BUSY_MS);
  const shown = async () => {
    const { samples } = await exportMetrics(page);
    const times = samples.map(({ display_ts }) => display_ts);
    return times.filter((atMs) => atMs > beginMs + BEFORE_MS && atMs < endMs).length;
  };
  await until(
    async () => await shown() >= MIN_RESULTS,
    async () => `${await shown()} results were shown while the page was busy`,
    { timeoutMs: 5_000, everyMs: 500 },
  );
}
