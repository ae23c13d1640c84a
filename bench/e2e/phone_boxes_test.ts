/**
 * What the phone's own screen shows of what the viewer found, judged by its pixels; also while the viewer
 * is in a tab behind another.
 *
 * Takes about 15 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER } from "../browser.ts";
import { waitForPerson } from "../person_stage.ts";
import { setUpRig } from "../rig.ts";
import { waitForBareFrame } from "../stage.ts";

Deno.test(
  "the phone shows what was found over its own picture, and can be told not to",
  BROWSER,
  async () => {
    await using rig = await setUpRig({ hasTabs: true });
    const { page, errors } = await rig.join();
    await waitForPerson(page);

    const button = page.getByRole("button", { name: "Show detections" });
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    await button.click();
    await waitForBareFrame(page);
    await button.click();
    await waitForPerson(page);

    // Behind another tab the viewer examines for the phone and paints for nobody.
    const viewer = rig.viewer.page;
    const paintings = await countPaintings(viewer);
    const paintedIn = async (ms: number) => {
      const before = await paintings();
      await viewer.waitForTimeout(ms);
      return await paintings() - before;
    };
    assert.ok(await paintedIn(1_000) > 0);
    const front = await rig.viewer.context.newPage();
    await front.bringToFront();
    await viewer.waitForFunction(() => document.hidden, null, { polling: 100 });
    assert.equal(await paintedIn(1_000), 0);
    await waitForPerson(page);
    await front.close();
    await viewer.bringToFront();
    await viewer.waitForFunction(() => !document.hidden);
    assert.ok(await paintedIn(1_000) > 0, "seen again, it paints");

    // Without the viewer nobody looks at the picture any more.
    await viewer.goto("about:blank");
    await waitForBareFrame(page, { timeoutMs: 40_000 });
    assert.deepEqual(errors, []);
  },
);

/** Counts from now on how often the viewer's picture is painted, in its Worker. */
async function countPaintings(viewer: Page): Promise<() => Promise<number>> {
  const painter = viewer.workers().find((worker) => worker.url().includes("/presenter-"))!;
  await painter.evaluate(() => {
    const scope = globalThis as unknown as { paintings: number };
    scope.paintings = 0;
    const { prototype } = OffscreenCanvasRenderingContext2D;
    const draw = prototype.drawImage as (...given: unknown[]) => void;
    prototype.drawImage = function (...given: unknown[]) {
      scope.paintings += 1;
      draw.apply(this, given);
    };
  });
  return () => painter.evaluate(() => (globalThis as unknown as { paintings: number }).paintings);
}
