// @all: client/zones has tests of its own
/**
 * Zones drawn with the mouse stay on their place of the picture.
 *
 * Takes about 40 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER, openBrowser } from "../browser.ts";
import { openCalmViewer } from "../calm_viewer.ts";
import { clipFile } from "../fixtures.ts";
import { waitForState } from "../people.ts";
import { startServer } from "../server.ts";
import { pictureArea, waitForVideo } from "../stage.ts";
import { crossingClip, dragPlaces } from "../zones.ts";
import { until } from "../until.ts";

/** What the browser remembers of the corners. */
function rememberedCorners(page: Page): Promise<{ x: number; y: number }[]> {
  return page.evaluate(() => JSON.parse(localStorage.getItem("peerlens.zones")!)[0].points);
}

/** Where the first zone's line is on the screen, as shares of the picture that is under it. */
async function drawnZone(page: Page) {
  const box = await page.locator("[data-testid=zones] .zone-line").first().boundingBox();
  const area = await pictureArea(page);
  assert.ok(box && area);
  return {
    left: (box.x - area.xPx) / area.widthPx,
    top: (box.y - area.yPx) / area.heightPx,
    right: (box.x + box.width - area.xPx) / area.widthPx,
    bottom: (box.y + box.height - area.yPx) / area.heightPx,
  };
}

/** Within two pixels of a small picture. */
async function assertDrawn(page: Page, wanted: Record<string, number>): Promise<void> {
  const isThere = async () => {
    const drawn = await drawnZone(page);
    return Object.entries(wanted).every(([side, value]) =>
      Math.abs(drawn[side as keyof typeof drawn] - value) < 0.015
    );
  };
  const why = async () => JSON.stringify({ drawn: await drawnZone(page), wanted });
  // A change of size takes a frame or two to be drawn.
  await until(isThere, why, { timeoutMs: 10_000 });
}

Deno.test(
  "a zone stays on its place of the picture: mirrored, another size, full screen, reload, link",
  BROWSER,
  async () => {
    await using clip = await clipFile(await crossingClip());
    await using server = await startServer();
    await using viewer = await openCalmViewer(server, { clip: clip.path });
    const { page } = viewer;
    await page.goto(server.httpUrl);
    await page.getByRole("button", { name: "Use this computer's camera" }).click();
    await waitForState(page, /^Showing this computer's camera$/);
    await waitForVideo(page);
    await page.getByLabel("Mirror the picture").check();
    await page.getByRole("button", { name: "Draw a zone" }).click();
    await dragPlaces(page, [0.7, 0.5], [0.9, 0.8]);
    // On the right of the mirrored picture is the left of the camera's.
    const corners = await rememberedCorners(page);
    for (const { x, y } of corners) {
      assert.ok(Math.min(Math.abs(x - 0.1), Math.abs(x - 0.3)) < 0.01, `x ${x}`);
      assert.ok(Math.min(Math.abs(y - 0.5), Math.abs(y - 0.8)) < 0.01, `y ${y}`);
    }
    const right = { left: 0.7, top: 0.5, right: 0.9, bottom: 0.8 };
    const left = { left: 0.1, top: 0.5, right: 0.3, bottom: 0.8 };
    await assertDrawn(page, right);
    await page.getByLabel("Mirror the picture").uncheck();
    await assertDrawn(page, left);
    await page.setViewportSize({ width: 1000, height: 1100 });
    await assertDrawn(page, left);
    await page.setViewportSize({ width: 390, height: 844 });
    await assertDrawn(page, left);
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement?.matches(".stage"));
    await assertDrawn(page, left);
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement === null);

    // A corner by the mouse, one by keys; sides that would cross are not taken.
    await page.getByRole("button", { name: "Shape of Zone 1" }).click();
    await dragPlaces(page, [0.1, 0.5], [0.05, 0.45]);
    const corner = page.getByRole("button", { name: "Corner 3 of Zone 1" });
    await corner.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Shift+ArrowDown");
    await assertDrawn(page, { left: 0.05, top: 0.45, right: 0.31, bottom: 0.85 });
    await dragPlaces(page, [0.05, 0.45], [0.5, 0.65]);
    await page.getByRole("alert").filter({ hasText: "may not cross" }).waitFor();
    await page.getByRole("button", { name: "Shape of Zone 1" }).click();
    const shaped = await rememberedCorners(page);

    await page.getByText(/^Events and classes for/).click();
    await page.getByLabel("Event when an object leaves").uncheck();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy with these settings" }).click();
    const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
    assert.match(link.searchParams.get("zones")!, /^Zone 1:[\d,]+:e:\*$/);

    await page.reload();
    await page.getByLabel("Name of Zone 1").waitFor();
    assert.deepEqual(await rememberedCorners(page), shaped);
    await using other = await openBrowser({ role: "viewer" });
    await other.page.goto(link.href);
    await other.page.getByLabel("Name of Zone 1").waitFor();
    await other.page.getByText(/^Events and classes for/).click();
    assert.equal(await other.page.getByLabel("Event when an object leaves").isChecked(), false);
    // Only the owner sends events, and here nobody could.
    assert.equal(await other.page.getByText(/webhook/).count(), 0);
    const query = `?clean=1&zones=${link.searchParams.get("zones")}`;
    await other.page.goto(`${server.httpUrl}/${query}${link.hash}`);
    await other.page.getByTestId("stage").waitFor();
    assert.equal(await other.page.getByTestId("zones").count(), 0);

    await page.getByRole("button", { name: "Delete Zone 1" }).click();
    assert.equal(await page.getByLabel("Name of Zone 1").count(), 0);
    assert.deepEqual([...viewer.errors, ...other.errors], []);
  },
);
