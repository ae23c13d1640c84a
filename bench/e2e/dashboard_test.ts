/** The dashboard of the viewer's page, as a person sees it. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { PHONE_VIEWPORT, VIEWER_VIEWPORT } from "../browser.ts";
import { browserTest } from "../browser_case.ts";
import { exportMetrics, resetMetrics } from "../people.ts";
import { setUpRig } from "../rig.ts";
import { ROOT } from "../server.ts";

/** Pictures for people to look at; ignored by git. */
const FOLDER = `${ROOT}/.out/screenshots`;

const PANELS = ["latency", "fps", "stages", "traffic", "drops", "load", "clock"] as const;

/** Pixels of a chart that are neither empty nor of a colour that axes and grid have. */
function drawnPixels(page: Page, panel: string): Promise<number> {
  return page.getByTestId(`chart-${panel}`).locator("canvas").evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      const channels = [data[at]!, data[at + 1]!, data[at + 2]!];
      const colourful = Math.max(...channels) - Math.min(...channels) > 80;
      if (data[at + 3]! > 0 && colourful) count++;
    }
    return count;
  });
}

/** Waits until a chart has a line on it, in sight. */
async function waitForLine(page: Page, panel: string): Promise<void> {
  await page.getByTestId(`chart-${panel}`).scrollIntoViewIfNeeded();
  const deadline = performance.now() + 20_000;
  while (await drawnPixels(page, panel) < 20) {
    assert.ok(performance.now() < deadline, `no line in the chart of ${panel}`);
    await page.waitForTimeout(250);
  }
}

/** The newest value of a series, as its table says it. */
function newest(page: Page, table: RegExp, series: string): Promise<string> {
  return page.getByRole("table", { name: table }).getByRole("row").filter({ hasText: series })
    .getByRole("cell").innerText();
}

/** How much larger than its window the page is, pixels. */
function pageOverflow(page: Page, side: "Width" | "Height"): Promise<number> {
  return page.evaluate((side) => {
    const { documentElement: root } = document;
    return root[`scroll${side}`] - root[`client${side}`];
  }, side);
}

async function takeAll(page: Page): Promise<void> {
  await Deno.mkdir(FOLDER, { recursive: true });
  for (const size of [VIEWER_VIEWPORT, PHONE_VIEWPORT]) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.getByTestId("chart-clock").scrollIntoViewIfNeeded();
      await page.waitForTimeout(1500);
      const label = `dashboard-${size.width}x${size.height}-${colorScheme}`;
      await page.getByTestId("dashboard").screenshot({ path: `${FOLDER}/${label}.png` });
      const overflowPx = await pageOverflow(page, "Width");
      assert.ok(overflowPx <= 0, `${label} is ${overflowPx} px wider than the screen`);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(VIEWER_VIEWPORT);
}

browserTest("dashboard: charts draw what is measured, shut and open, and begin anew", async () => {
  await using rig = await setUpRig();
  const { page, errors } = rig.viewer;
  const button = page.getByTestId("export-metrics");
  assert.equal(await button.isDisabled(), true);
  assert.equal(await page.locator("canvas.u-canvas, .uplot").count(), 0, "shut at first");
  const stageBefore = await page.getByTestId("stage").boundingBox();
  assert.equal(await pageOverflow(page, "Height"), 0, "shut, it fits the window");
  await page.getByRole("heading", { name: "Dashboard" }).click();
  for (const panel of PANELS) await page.getByTestId(`chart-${panel}`).waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  assert.deepEqual(await page.getByTestId("stage").boundingBox(), stageBefore);
  const dashboardBefore = await page.getByTestId("dashboard").boundingBox();
  await rig.join();

  for (const panel of ["latency", "fps", "stages", "traffic", "load"]) {
    await waitForLine(page, panel);
  }
  await button.filter({ hasText: /^Export metrics \(\d+ s\)$/ }).waitFor();
  const dashboardAfter = await page.getByTestId("dashboard").boundingBox();
  assert.equal(dashboardAfter!.height, dashboardBefore!.height, "charts that came moved nothing");
  assert.match(await newest(page, /^Frames, fps/, "camera"), /^\d+\.\d$/);
  assert.match(await newest(page, /^Latency (end to end|since receipt), ms/, "p50"), /^\d/);
  assert.equal(await newest(page, /^Load level/, "level"), "full");

  await takeAll(page);

  const title = page.getByRole("heading", { name: "Frames", exact: true });
  const height = async () => (await page.getByTestId("dashboard").boundingBox())!.height;
  await title.click();
  await page.getByTestId("chart-fps").waitFor({ state: "detached" });
  assert.equal(await page.getByTestId("chart-latency").count(), 1, "each by itself");
  await title.click();
  await waitForLine(page, "fps");
  assert.equal(await height(), dashboardBefore!.height);

  const heading = page.getByRole("heading", { name: "Dashboard" });
  await heading.click();
  await page.getByTestId("chart-fps").waitFor({ state: "detached" });
  await page.waitForTimeout(3000);
  await heading.click();
  await waitForLine(page, "fps");
  const kept = await drawnPixels(page, "fps");
  const metrics = await exportMetrics(page);
  assert.ok(metrics.samples.length > 0);

  await resetMetrics(page);
  const deadline = performance.now() + 10_000;
  while (await drawnPixels(page, "fps") >= kept / 2) {
    assert.ok(performance.now() < deadline, "the reset left what was drawn");
    await page.waitForTimeout(100);
  }
  await waitForLine(page, "fps");
  await page.reload();
  await page.getByTestId("chart-fps").waitFor();
  assert.deepEqual(errors, []);
});
