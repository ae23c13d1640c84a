/**
 * What the phone's own screen shows of what the viewer found, judged by its pixels; also while the viewer
 * is in a tab behind another.
 *
 * Takes about 15 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER } from "../browser.ts";
import { clipFrame } from "../clip.ts";
import { personClip } from "../fixtures.ts";
import { iou } from "../picture.ts";
import { openScene } from "../scene.ts";
import { type SeenStage, waitForStage } from "../stage.ts";

/** The person walks slowly; boxes come over the network and are some frames old. */
const MIN_IOU = 0.5;

const WAIT_MS = 40_000;

Deno.test(
  "the phone shows what was found over its own picture, and can be told not to",
  BROWSER,
  async () => {
    await using scene = await openScene({ hasTabs: true });
    const spec = await personClip();
    const { page } = scene.phone;
    const isOnPerson = ({ frame, boxes }: SeenStage) => {
      if (frame === undefined) return false;
      const { objectXyxy } = clipFrame(spec, frame);
      return boxes.some((box) => iou(box, objectXyxy) >= MIN_IOU);
    };
    await waitForStage(page, isOnPerson, { what: "a box on the person", timeoutMs: WAIT_MS });

    const button = page.getByRole("button", { name: "Show detections" });
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    await button.click();
    const isBare = ({ frame, boxes }: SeenStage) => frame !== undefined && boxes.length === 0;
    await waitForStage(page, isBare, { what: "a picture without boxes", timeoutMs: WAIT_MS });
    await button.click();
    await waitForStage(page, isOnPerson, { what: "boxes again", timeoutMs: WAIT_MS });

    // Behind another tab the viewer examines for the phone and paints for nobody.
    const viewer = scene.viewer.page;
    const paintings = await countPaintings(viewer);
    const paintedIn = async (ms: number) => {
      const before = await paintings();
      await viewer.waitForTimeout(ms);
      return await paintings() - before;
    };
    assert.ok(await paintedIn(1_000) > 0);
    const front = await scene.viewer.context.newPage();
    await front.bringToFront();
    await viewer.waitForFunction(() => document.hidden, null, { polling: 100 });
    assert.equal(await paintedIn(1_000), 0);
    await waitForStage(page, isOnPerson, { what: "boxes for the phone", timeoutMs: WAIT_MS });
    await front.close();
    await viewer.bringToFront();
    await viewer.waitForFunction(() => !document.hidden);
    assert.ok(await paintedIn(1_000) > 0, "seen again, it paints");

    // Without the viewer nobody looks at the picture any more.
    await scene.viewer.page.goto("about:blank");
    await waitForStage(page, isBare, { what: "a picture without boxes", timeoutMs: WAIT_MS });
    assert.deepEqual(scene.phone.errors, []);
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
