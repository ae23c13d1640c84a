// @all: a proof by the screen
/**
 * The synced view in Firefox: as it is, and as browsers are that give frames no RTP timestamp. And cameras of
 * the server.
 *
 * Takes about 60 s on two busy cores.
 */
import { setTimeout as pause } from "node:timers/promises";
import assert from "node:assert/strict";
import type { Page } from "puppeteer-core";
import { clipBoxes } from "../accuracy/clip_boxes.ts";
import { BROWSER, openBrowser } from "../browser.ts";
import { clipFile, shuttleClip } from "../fixtures.ts";
import { openFirefox, SNAPSHOT_MS } from "../firefox.ts";
import { alignmentOf, type ClipTruth } from "../overlay/alignment.ts";
import { type Sighting, sightingOf } from "../overlay/sightings.ts";
import { joinWithPhone } from "../people.ts";
import { readPng } from "../pixels.ts";
import { startServer } from "../server.ts";
import { until } from "../until.ts";

const VIEWPORT = { width: 640, height: 480 } as const;
const AREA = { xPx: 0, yPx: 0, widthPx: VIEWPORT.width, heightPx: VIEWPORT.height };
const MODEL_ID = "nanodet-m";
const START_MS = 60_000;

/** By then encoder and detector have found their pace. */
const SETTLE_MS = 3_000;

/** While one is taken nothing else is painted: there is time for that between them. */
const SCREENSHOTS = 16;
const LOOK_INTERVAL_MS = 150;

/** The last one counts, however long it took: on a machine that is too busy all of them take long. */
const MAX_TRIES = 5;

/** Results come late after each of them; what is drawn must be right all the same. */
const MIN_BOXED_SHARE = 0.7;

/**
 * H.264 by the libavcodec that ffmpeg brings along. Firefox offers it for its own plugin, which comes over
 * the internet, or for hardware, which it is told is there.
 */
const H264 = {
  "media.webrtc.hw.h264.enabled": true,
  "gfx.blacklist.webrtc.hw.acceleration.h264": 1,
};

Deno.test(
  "synced, in Firefox: every frame with its own boxes, also where frames have no RTP timestamp",
  BROWSER,
  async () => {
    const spec = await shuttleClip(10);
    const ownBoxes = await clipBoxes(spec, { modelId: MODEL_ID, classId: 0 });
    await using server = await startServer({
      flags: ["--mode", "wasm", "--model", MODEL_ID],
    });
    await using clip = await clipFile(spec);
    await using viewer = await openFirefox({ viewport: VIEWPORT });
    await using phone = await openBrowser({ role: "phone", clip: clip.path });
    const { page } = viewer;
    await page.goto(server.httpUrl);
    const link = await page.waitForSelector("[data-testid=join-link]", { timeout: START_MS });
    const joinUrl = await link!.evaluate((link) => (link as HTMLAnchorElement).href);
    const stageUrl = await page.evaluate(() =>
      `${location.origin}/?clean=1&display=synced${location.hash}`
    );
    await page.goto(stageUrl);
    await joinWithPhone(phone.page, joinUrl);
    await assertSynced(page, { spec, ownBoxes });

    await page.evaluateOnNewDocument(() => {
      const { requestVideoFrameCallback } = HTMLVideoElement.prototype;
      HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
        return requestVideoFrameCallback.call(this, (nowMs, { rtpTimestamp: _, ...metadata }) => {
          callback(nowMs, metadata);
        });
      };
    });
    await page.goto("about:blank");
    await page.goto(stageUrl);
    await assertSynced(page, { spec, ownBoxes });
    assert.equal(await hasRtpTimestamps(page), false);
  },
);

Deno.test("cameras of the server, in Firefox", BROWSER, async (t) => {
  const spec = await shuttleClip(10);
  const ownBoxes = await clipBoxes(spec, { modelId: MODEL_ID, classId: 0 });
  await using clip = await clipFile(spec);
  await using server = await startServer({
    flags: ["--host", "0.0.0.0", "--mode", "server", "--model", MODEL_ID],
    env: { PEERLENS_CAMERAS: `ball\nclip=${clip.path}` },
  });
  await using viewer = await openFirefox({ viewport: VIEWPORT, preferences: H264 });
  const { page } = viewer;
  await t.step("the demo scene plays, with boxes of the viewer's own", async () => {
    await page.goto(`${server.httpUrl}/?clean=1&camera=ball&mode=wasm`);
    await waitForBoxes(page);
    const { frame } = await look(page);
    assert.ok(frame !== undefined);
    await until(async () => ((await look(page)).frame ?? frame) > frame, () => "no other frame", {
      timeoutMs: START_MS,
    });
  });
  await t.step("synced, in server mode: every frame of a file with its own boxes", async () => {
    await page.goto(`${server.httpUrl}/?clean=1&camera=clip&display=synced`);
    await assertSynced(page, { spec, ownBoxes });
  });
});

/** What the screen shows; a screenshot that may be without the picture is taken again. */
async function look(page: Page): Promise<Sighting> {
  for (let tries = 1;; tries++) {
    const askedAtMs = performance.now();
    const png = await page.screenshot();
    if (performance.now() - askedAtMs > SNAPSHOT_MS && tries < MAX_TRIES) continue;
    return sightingOf(readPng(png), { area: AREA, swapMs: Date.now() });
  }
}

async function waitForBoxes(page: Page): Promise<void> {
  const deadline = performance.now() + START_MS;
  while ((await look(page)).boxes.length === 0) {
    assert.ok(performance.now() < deadline, "Cannot see boxes in Firefox");
  }
}

async function assertSynced(page: Page, truth: ClipTruth): Promise<void> {
  await waitForBoxes(page);
  await pause(SETTLE_MS);
  const seen: Sighting[] = [];
  while (seen.length < SCREENSHOTS) {
    seen.push(await look(page));
    await pause(LOOK_INTERVAL_MS);
  }
  const found = alignmentOf(seen, truth);
  const words = JSON.stringify(found);
  assert.equal(found.unread, 0, words);
  assert.ok(found.frames >= SCREENSHOTS / 2, words);
  assert.ok(found.boxedShare! >= MIN_BOXED_SHARE, words);
  assert.ok(found.toOwn.count >= 5, words);
  assert.equal(found.toOwn.share, 1, words);
  assert.ok(found.toKnowable.share! >= 0.9, words);
}

function hasRtpTimestamps(page: Page): Promise<boolean> {
  return page.evaluate(() =>
    new Promise<boolean>((resolve) => {
      document.querySelector("video")!.requestVideoFrameCallback((_, { rtpTimestamp }) =>
        resolve(rtpTimestamp !== undefined)
      );
    })
  );
}
