import type { Page } from "playwright-core";
import { openBrowser, scriptOf } from "../browser.ts";
import { giveMadeUpRows } from "./made_up_rows.ts";

/** Until the page has come to rest and all charts are drawn. */
const SETTLE_MS = 6_000;

/** What a viewer's page holds. MB of 2^20 bytes. */
export interface PageMemory {
  /** Rows that its history was given; it keeps 1800. */
  readonly rows: number;
  /** JavaScript's objects, after a collection. */
  readonly heapMb: number;
  /** Typed arrays and their like, which lie beside the heap; `null`: the browser does not say. */
  readonly arraysMb: number | null;
}

/** Memory of a viewer's page with the dashboard open and so many rows in its history. */
export async function measureMemory(
  url: string,
  { rows, viewport }: { rows: number; viewport: { width: number; height: number } },
): Promise<PageMemory> {
  const initScript = scriptOf(giveMadeUpRows, rows);
  await using viewer = await openBrowser({ role: "viewer", viewport, initScript });
  const { page } = viewer;
  await page.goto(url);
  await page.getByTestId("qr").waitFor();
  await page.getByRole("heading", { name: "Dashboard" }).click();
  await page.getByTestId("chart-clock").waitFor();
  await page.waitForTimeout(SETTLE_MS);
  return { rows, ...await readHeap(page) };
}

async function readHeap(page: Page) {
  const cdp = await page.context().newCDPSession(page);
  // Twice: finalisers of the first may let more go.
  for (let time = 0; time < 2; time++) await cdp.send("HeapProfiler.collectGarbage");
  const usage = await cdp.send("Runtime.getHeapUsage") as {
    usedSize: number;
    backingStorageSize?: number;
  };
  await cdp.detach();
  const mb = (bytes: number) => Math.round(bytes / 2 ** 20 * 1000) / 1000;
  return {
    heapMb: mb(usage.usedSize),
    arraysMb: usage.backingStorageSize === undefined ? null : mb(usage.backingStorageSize),
  };
}
