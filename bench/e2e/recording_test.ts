/**
 * What a viewer can take along: a snapshot, a recording, and what was found meanwhile.
 *
 * Takes about 30 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER } from "../browser.ts";
import { findDrawnBoxes } from "../drawn_boxes.ts";
import { readPng } from "../pixels.ts";
import { setUpRig } from "../rig.ts";
import { waitForBox } from "../stage.ts";

/** Of recordings that are ended after three seconds: a busy machine takes its time for that. */
const MOST_S = 20;

/** Clicks, and reads the file that the page then saves. */
async function save(page: Page, button: string) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button, exact: true }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: await Deno.readFile(await download.path()) };
}

function boxesOf(png: Uint8Array) {
  const shot = readPng(png);
  const { widthPx, heightPx } = shot;
  // Nothing but the picture: no bars beside it.
  assert.ok(Math.abs(widthPx / heightPx - 640 / 480) < 0.02, `${widthPx}×${heightPx}`);
  return findDrawnBoxes(shot, { xPx: 0, yPx: 0, widthPx, heightPx });
}

/** Plays a video in the page: its size, how long it is, and whether it shows coloured lines. */
function play(page: Page, bytes: Uint8Array) {
  return page.evaluate(async (numbers) => {
    const video = document.createElement("video");
    video.muted = true;
    video.src = URL.createObjectURL(new Blob([new Uint8Array(numbers)]));
    await video.play();
    // Where the file does not say it, it is endless.
    const { duration } = video;
    const { videoWidth: widthPx, videoHeight: heightPx } = video;
    const canvas = new OffscreenCanvas(widthPx, heightPx);
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    let colouredPx = 0;
    const pictures = new Set<number>();
    while (!video.ended) {
      context.drawImage(video, 0, 0);
      const { data } = context.getImageData(0, 0, widthPx, heightPx);
      let coloured = 0;
      let sum = 0;
      for (let at = 0; at < data.length; at += 4) {
        const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!];
        sum += red;
        if (Math.max(red, green, blue) - Math.min(red, green, blue) > 60) coloured += 1;
      }
      pictures.add(sum);
      colouredPx = Math.max(colouredPx, coloured);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const seconds = video.currentTime;
    return { widthPx, heightPx, duration, seconds, colouredPx, pictures: pictures.size };
  }, [...bytes]);
}

/** Waits until the recording that runs is so long. */
function waitForSeconds(page: Page, seconds: number): Promise<void> {
  return page.getByTestId("recording-state").filter({ hasText: RegExp(`^0:0[${seconds}-9],`) })
    .waitFor();
}

async function record(page: Page, seconds: number) {
  await page.getByRole("button", { name: "Record", exact: true }).click();
  await waitForSeconds(page, seconds);
  await page.getByRole("button", { name: "Stop recording" }).click();
  return await save(page, "Save video");
}

Deno.test("what a viewer can take along", BROWSER, async (t) => {
  await using rig = await setUpRig();
  const { page } = rig.viewer;
  const phone = await rig.join();

  await t.step("a snapshot is a PNG of the picture, with the boxes or without", async () => {
    await waitForBox(page);
    const withBoxes = await save(page, "Snapshot");
    assert.match(withBoxes.name, /^peerlens-.*\.png$/);
    assert.ok(boxesOf(withBoxes.bytes).length > 0, "no box in the snapshot");
    await page.getByLabel("Boxes in the picture").uncheck();
    assert.deepEqual(boxesOf((await save(page, "Snapshot")).bytes), []);
    await page.getByLabel("Boxes in the picture").check();
  });

  await t.step("a recording can be played, and its NDJSON and COCO agree", async () => {
    await waitForBox(page);
    const video = await record(page, 3);
    assert.match(video.name, /^peerlens-.*\.webm$/);
    const played = await play(page, video.bytes);
    // A browser on a busy machine encodes a part of it only; what there is of it is whole.
    assert.ok(played.seconds > 0.2 && played.seconds < MOST_S, JSON.stringify(played));
    assert.ok(Math.abs(played.duration - played.seconds) < 0.2, JSON.stringify(played));
    assert.ok(played.pictures > 3, `${played.pictures} different pictures`);
    assert.ok(played.colouredPx > 300, `${played.colouredPx} coloured pixels: no box`);

    const ndjson = await save(page, "Detections (NDJSON)");
    const lines = new TextDecoder().decode(ndjson.bytes).trimEnd().split("\n");
    const frames = lines.map((line) => JSON.parse(line));
    assert.ok(frames.length > 5, `${frames.length} frames`);
    assert.ok(frames.some(({ detections }) => detections[0]?.label === "person"));
    for (const { time_s: timeS } of frames) assert.ok(timeS >= 0 && timeS < MOST_S);

    const coco = JSON.parse(
      new TextDecoder().decode((await save(page, "Detections (COCO)")).bytes),
    );
    assert.equal(coco.images.length, frames.length);
    assert.equal(coco.images[0].file_name, `${video.name}#t=${frames[0].time_s}`);
    assert.equal(coco.annotations.length, frames.flatMap(({ detections }) => detections).length);
    assert.equal(coco.categories.length, 80);
    for (const { image_id: imageId, category_id: categoryId, bbox } of coco.annotations) {
      const image = coco.images.find(({ id }: { id: number }) => id === imageId);
      assert.ok(coco.categories.some(({ id }: { id: number }) => id === categoryId));
      const [x, y, width, height] = bbox;
      assert.ok(x >= 0 && y >= 0 && x + width <= image.width + 1 && y + height <= image.height + 1);
    }

    await page.getByLabel("Boxes in the picture").uncheck();
    const plain = await play(page, (await record(page, 2)).bytes);
    assert.ok(Math.abs(plain.duration - plain.seconds) < 0.2, `says ${plain.duration} s`);
    assert.deepEqual([plain.widthPx, plain.heightPx, plain.colouredPx], [640, 480, 0]);
    await page.getByLabel("Boxes in the picture").check();
  });

  await t.step("that the picture stood still, while nobody saw the tab, is said", async () => {
    await waitForBox(page);
    const hide = (isHidden: boolean) =>
      page.evaluate((isHidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, value: isHidden });
        document.dispatchEvent(new Event("visibilitychange"));
      }, isHidden);
    await page.getByRole("button", { name: "Record", exact: true }).click();
    await waitForSeconds(page, 1);
    assert.equal(await page.getByTestId("recording-gap").count(), 0);
    await hide(true);
    await waitForSeconds(page, 4);
    await hide(false);
    await page.getByRole("button", { name: "Stop recording" }).click();
    await page.getByTestId("recording-gap").filter({ hasText: /^This tab was hidden for 0:\d\d/ })
      .waitFor();
  });

  await t.step(
    "a recording without boxes ends with the phone's stream and keeps what there is",
    async () => {
      await waitForBox(page);
      await page.getByLabel("Boxes in the picture").uncheck();
      await page.keyboard.press("r");
      await page.getByRole("button", { name: "Stop recording" }).waitFor();
      await waitForSeconds(page, 1);
      await phone.page.getByRole("button", { name: "Stop", exact: true }).click();
      await page.getByTestId("recording").getByText(/stream ended/).waitFor({ timeout: 60_000 });
      // Also for who does not see the panel.
      await page.locator("header").getByText(/stream ended/).waitFor();
      assert.ok((await save(page, "Save video")).bytes.length > 1000);
    },
  );
});
