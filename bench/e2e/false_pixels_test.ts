// @all: browsers that few people have
/**
 * Browsers that give pages false pixels, against fingerprinting: no boxes that nothing stands for.
 *
 * Takes about 35 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER, type RigBrowser, VIEWER_VIEWPORT } from "../browser.ts";
import { openFirefox } from "../firefox.ts";
import { hideTrackProcessor, hideVideoFrame } from "../frame_ways.ts";
import { joinWithPhone, waitForAlert } from "../people.ts";
import { waitForPerson } from "../person_stage.ts";
import { openRigs } from "../rig.ts";

/** Has a page post copies of frames, which can be read only through a canvas. */
const COPIES = [hideTrackProcessor, hideVideoFrame];

/** In a Worker: what a canvas gives is noise. */
const SPOILT = `
const { getImageData } = OffscreenCanvasRenderingContext2D.prototype;
OffscreenCanvasRenderingContext2D.prototype.getImageData = function (...area) {
  const read = getImageData.apply(this, area);
  for (let at = 0; at < read.data.length; at++) read.data[at] = Math.random() * 256;
  return read;
};
`;
const NO_FRAMES = "delete globalThis.VideoFrame;\n";

/** From its next load on, Workers of this page begin with this. */
async function inWorkers({ context }: RigBrowser, script: string): Promise<void> {
  await context.route(/\/assets\/(worker|flow)-[^/]+\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: script + await response.text() });
  });
}

const useCamera = (page: Page) =>
  page.getByRole("button", { name: "Use this computer's camera" }).click();

Deno.test("false pixels", BROWSER, async (t) => {
  await using rigs = await openRigs({ viewerCamera: true });

  await t.step("of a canvas alone: a frame made of it gives the true ones", async () => {
    await using rig = await rigs.open({ viewerInit: COPIES });
    await inWorkers(rig.viewer, SPOILT);
    await rig.viewer.page.reload();
    await useCamera(rig.viewer.page);
    await waitForPerson(rig.viewer.page);
  });

  await t.step("whichever way: it is said, and nothing is drawn", async () => {
    await using rig = await rigs.open({ viewerInit: COPIES });
    await inWorkers(rig.viewer, SPOILT + NO_FRAMES);
    await rig.viewer.page.reload();
    await useCamera(rig.viewer.page);
    await waitForAlert(rig.viewer.page, /^This browser gives pages false pixels/);
  });

  await t.step("in a Firefox that resists fingerprinting", async () => {
    await using rig = await rigs.open();
    await using viewer = await openFirefox({
      viewport: VIEWER_VIEWPORT,
      preferences: { "privacy.resistFingerprinting": true },
    });
    await viewer.page.goto(rig.server.httpUrl);
    const link = await viewer.page.waitForSelector("[data-testid=join-link]", { timeout: 60_000 });
    const phone = await rig.open({ role: "phone" });
    await joinWithPhone(
      phone.page,
      await link!.evaluate((link) => (link as HTMLAnchorElement).href),
    );
    const alert = await viewer.page.waitForSelector("[role=alert].bad", { timeout: 60_000 });
    assert.match(await alert!.evaluate((alert) => alert.textContent), /false pixels/);
  });
});

Deno.test("false pixels, in the server's mode: it is said", BROWSER, async () => {
  await using rigs = await openRigs({ mode: "server", viewerCamera: true });
  await using rig = await rigs.open();
  await inWorkers(rig.viewer, SPOILT);
  await rig.viewer.page.reload();
  await useCamera(rig.viewer.page);
  await rig.viewer.page.getByRole("button", { name: "Send frames to the server" }).click();
  await waitForAlert(rig.viewer.page, /cannot prepare frames .* false pixels/);
});
