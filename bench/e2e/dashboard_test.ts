// @all: client/dashboard has tests of its own
/**
 * The dashboard of the viewer's page, as a person sees it.
 *
 * Takes about 30 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER, scriptOf } from "../browser.ts";
import { giveMadeUpRows } from "./made_up_rows.ts";
import { exportMetrics, resetMetrics, toggleDashboard } from "../people.ts";
import { setUpRig } from "../rig.ts";

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

/** What each panel says which second its values are of. */
function whenWords(page: Page): Promise<string[]> {
  return page.locator(".chart-when").allInnerTexts();
}

/** Points into a chart, at a share of its width. */
async function pointInto(page: Page, panel: string, share: number): Promise<void> {
  const chart = page.getByTestId(`chart-${panel}`);
  await chart.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await chart.boundingBox())!;
  await page.mouse.move(x + width * share, y + height / 2);
}

/** Where everything of the dashboard is, without where the page is scrolled to. */
function layoutOf(page: Page): Promise<string> {
  return page.getByTestId("dashboard").evaluate((root) => {
    const top = root.getBoundingClientRect().top;
    const boxes = [...root.querySelectorAll(".panel, .chart, .chart-when, .chart-table")]
      .map((element) => element.getBoundingClientRect())
      .map(({ x, y, width, height }) => [x, y - top, width, height].map(Math.round));
    return JSON.stringify(boxes);
  });
}

Deno.test("dashboard", BROWSER, async (t) => {
  await using rig = await setUpRig();

  await t.step("charts draw what is measured, shut and open, and begin anew", async () => {
    const { page, errors } = rig.viewer;
    const button = page.getByTestId("export-metrics");
    assert.equal(await button.isDisabled(), true);
    assert.equal(await page.locator("canvas.u-canvas, .uplot").count(), 0, "shut at first");
    const stageBefore = await page.getByTestId("stage").boundingBox();
    assert.equal(await pageOverflow(page, "Height"), 0, "shut, it fits the window");
    await toggleDashboard(page);
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

    const title = page.getByRole("heading", { name: "Frames", exact: true });
    const height = async () => (await page.getByTestId("dashboard").boundingBox())!.height;
    await title.click();
    await page.getByTestId("chart-fps").waitFor({ state: "detached" });
    assert.equal(await page.getByTestId("chart-latency").count(), 1, "each by itself");
    await title.click();
    await waitForLine(page, "fps");
    assert.equal(await height(), dashboardBefore!.height);

    await toggleDashboard(page);
    await page.getByTestId("chart-fps").waitFor({ state: "detached" });
    // What is measured meanwhile is drawn later.
    const measured = await button.innerText();
    await button.filter({ hasNotText: measured }).waitFor();
    await toggleDashboard(page);
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

  await t.step("pointer and keys read one second in all charts; nothing moves", async () => {
    await using viewer = await rig.open({
      role: "viewer",
      // High enough for all charts to be in sight, and so drawn.
      viewport: { width: 1280, height: 1800 },
      initScript: scriptOf(giveMadeUpRows, 600),
    });
    const { page, errors } = viewer;
    await page.goto(rig.server.httpUrl);
    await toggleDashboard(page);
    await waitForLine(page, "fps");
    const newest = PANELS.map(() => "newest");
    assert.deepEqual(await whenWords(page), newest);
    const layout = await layoutOf(page);

    await pointInto(page, "fps", 0.5);
    const words = await whenWords(page);
    assert.match(words[0]!, /^at \d+ min \d+ s, \d+ min \d+ s ago$/);
    assert.deepEqual(words, words.map(() => words[0]), "all charts are of that second");
    assert.equal(await layoutOf(page), layout, "pointing moved nothing");
    const lines = page.locator(".chart-line:visible");
    assert.equal(await lines.count(), PANELS.length);
    const middle = await page.getByTestId("chart-fps").evaluate((chart) => {
      const line = chart.querySelector(".chart-line")!.getBoundingClientRect();
      return line.left - chart.getBoundingClientRect().left - chart.clientWidth / 2;
    });
    assert.ok(Math.abs(middle) <= 2, `the line is ${middle} px beside the pointer`);
    const table = page.getByRole("table", { name: /^Frames, fps: at / });
    assert.match(await table.getByRole("cell").first().innerText(), /^\d+\.\d$/);
    // Rows come every second; the one that is pointed at stays what it is.
    const value = await table.getByRole("cell").first().innerText();
    await page.locator(".chart-when").first().filter({ hasNotText: words[0]! }).waitFor();
    assert.equal(await table.getByRole("cell").first().innerText(), value);
    await page.mouse.move(5, 5);
    await page.locator(".chart-when").first().filter({ hasText: /^newest$/ }).waitFor();
    assert.deepEqual(await whenWords(page), newest, "the pointer has left");

    const slider = page.getByRole("slider", { name: "Frames: point at a second" });
    await slider.focus();
    for (const key of ["ArrowLeft", "ArrowLeft", "PageDown"]) await page.keyboard.press(key);
    assert.match((await whenWords(page))[0]!, /, 3[1-9] s ago$/);
    assert.match(await slider.getAttribute("aria-valuetext") ?? "", /: camera [\d.]+, processed /);
    await page.keyboard.press("Escape");
    assert.deepEqual(await whenWords(page), newest);
    assert.equal(await page.evaluate(() => scrollX), 0);
    assert.deepEqual(errors, []);
  });
});
