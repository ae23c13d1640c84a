/**
 * Trying the viewer without a phone: this computer's camera, and a video file.
 *
 * Takes about 40 s on two busy cores.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { BROWSER, openBrowser } from "../browser.ts";
import { waitForAlert } from "../people.ts";
import { colouredBeside, readPng } from "../pixels.ts";
import { openRigs } from "../rig.ts";
import { pictureArea, waitForBox, waitForStage, waitForVideo } from "../stage.ts";

/** Records what the page's camera gives, as a file that a person might have. */
async function recordCamera(page: Page): Promise<Uint8Array> {
  const text = await page.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    const recorder = new MediaRecorder(stream, { mimeType: "video/webm;codecs=vp8" });
    const chunks: Blob[] = [];
    recorder.ondataavailable = ({ data }) => chunks.push(data);
    recorder.start();
    // As many pictures as it takes, however long a busy machine takes for them.
    const video = document.createElement("video");
    Object.assign(video, { muted: true, srcObject: stream });
    await video.play();
    for (let frames = 0; frames < 25; frames++) {
      await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    }
    const ended = new Promise((resolve) => recorder.onstop = resolve);
    recorder.stop();
    await ended;
    for (const track of stream.getTracks()) track.stop();
    const reader = new FileReader();
    const read = new Promise((resolve) => reader.onload = resolve);
    reader.readAsDataURL(new Blob(chunks));
    await read;
    return String(reader.result).split(",")[1]!;
  });
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

/** From now on the page's camera sees less of what is on the left: so much of its picture's width. */
async function moveCamera(page: Page, share: number): Promise<void> {
  await page.evaluate((share) => {
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (wishes) => {
      const video = document.createElement("video");
      Object.assign(video, { muted: true, srcObject: await open(wishes) });
      await video.play();
      const { videoWidth, videoHeight } = video;
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: videoWidth, height: videoHeight });
      const context = canvas.getContext("2d")!;
      const draw = () => {
        context.fillStyle = "rgb(114 114 114)";
        context.fillRect(0, 0, videoWidth, videoHeight);
        context.drawImage(video, -share * videoWidth, 0);
        video.requestVideoFrameCallback(draw);
      };
      draw();
      return canvas.captureStream();
    };
  }, share);
}

/**
 * Waits until the file was played once and has begun again. The clip's numbers fall once in the
 * file's length: where the clip began again while it was recorded, or else where the file does.
 */
async function waitForRestart(page: Page): Promise<void> {
  let last = -1;
  let falls = 0;
  await waitForStage(page, ({ frame = last }) => {
    if (frame < last) falls += 1;
    last = frame;
    return falls === 2;
  }, { what: "the file beginning again", timeoutMs: 60_000 });
}

Deno.test("without a phone", BROWSER, async (t) => {
  await using rigs = await openRigs({ viewerCamera: true });

  await t.step("in one room", async (t) => {
    await using rig = await rigs.open();
    const { page } = rig.viewer;

    await t.step("this computer's camera gets boxes, and stops when asked", async () => {
      await page.getByTestId("qr").locator("svg").waitFor();
      await page.getByRole("button", { name: "Use this computer's camera" }).click();
      await waitForVideo(page);
      await waitForBox(page);
      assert.match(await page.getByTestId("phone").innerText(), /^This computer/);
      assert.match(await page.getByTestId("privacy").innerText(), /stays in this browser/);
      // There is no clock but that of this page.
      await page.getByTestId("figures").filter({
        hasText: /since receipt.*measured from\s*receipt/s,
      })
        .waitFor();
      await page.getByRole("button", { name: /^Stop/ }).click();
      await page.getByTestId("qr").locator("svg").waitFor();
      assert.equal(await page.getByTestId("phone").count(), 0);
    });

    await t.step(
      "a video file gets boxes, plays over and over, and can be dropped on the page",
      async () => {
        const bytes = await recordCamera(page);
        const file = { name: "walk.webm", mimeType: "video/webm" };
        await page.getByTestId("video-file").setInputFiles({ ...file, buffer: Buffer.from(bytes) });
        await waitForBox(page);
        await waitForRestart(page);
        await waitForVideo(page);
        await page.getByRole("button", { name: /^Stop/ }).click();

        const transfer = await page.evaluateHandle((numbers) => {
          const dropped = new DataTransfer();
          dropped.items.add(
            new File([new Uint8Array(numbers)], "walk.webm", { type: "video/webm" }),
          );
          return dropped;
        }, [...bytes]);
        await page.getByTestId("stage").dispatchEvent("drop", { dataTransfer: transfer });
        await waitForVideo(page);
        await page.getByRole("button", { name: /^Stop/ }).click();
      },
    );

    await t.step(
      "of several pictures one is large, the others are small and live, and a click changes",
      async () => {
        await rig.join();
        await page.getByRole("button", { name: "Add a camera" }).click();
        await page.getByRole("button", { name: "Use this computer's camera" }).click();
        await waitForVideo(page);
        const shown = page.locator("[data-testid=phone][aria-pressed=true]");
        assert.match(await shown.innerText(), /This computer/);
        const small = page.locator("[data-testid=phone] video");
        await page.waitForFunction(() => {
          const video = document.querySelector<HTMLVideoElement>("[data-testid=phone] video");
          return video !== null && video.videoWidth > 0 && video.currentTime > 0;
        });
        await page.getByTestId("phone").filter({ hasText: "Phone 1" }).click();
        await shown.filter({ hasText: "Phone 1" }).waitFor();
        assert.equal(await small.count(), 1);
      },
    );
  });

  await t.step("a box at the picture's edge leaves nothing beside the picture", async () => {
    await using rig = await rigs.open();
    const { page } = rig.viewer;
    // The person is in the middle: half of her is left.
    await moveCamera(page, 0.45);
    await page.getByRole("button", { name: "Use this computer's camera" }).click();
    await waitForStage(page, ({ boxes }) => boxes.some(({ xmin }) => xmin < 0.01), {
      what: "a box at the picture's left edge",
      timeoutMs: 60_000,
    });
    const shot = readPng(await page.screenshot({ scale: "css" }));
    const stage = (await page.getByTestId("stage").boundingBox())!;
    const picture = (await pictureArea(page))!;
    assert.ok(picture.xPx - stage.x > 20, "there is nothing beside the picture");
    assert.equal(colouredBeside(shot, picture, stage), 0);
  });

  await t.step("a video file where a video element has no stream of its own", async () => {
    await using rig = await rigs.open({
      viewerInit() {
        delete (HTMLMediaElement.prototype as { captureStream?: unknown }).captureStream;
      },
    });
    const { page } = rig.viewer;
    const buffer = Buffer.from(await recordCamera(page));
    await page.getByTestId("video-file")
      .setInputFiles({ name: "walk.webm", mimeType: "video/webm", buffer });
    await waitForBox(page);
  });

  await t.step("a file that is no video, and a camera that is refused, are said", async () => {
    await using viewer = await openBrowser({ role: "viewer" });
    const { page } = viewer;
    await page.goto(rigs.server.httpUrl);
    const buffer = Buffer.from("no video");
    await page.getByTestId("video-file").setInputFiles({
      name: "letter.webm",
      mimeType: "video/webm",
      buffer,
    });
    await waitForAlert(page, /letter\.webm cannot be played/);
    for (
      const [track, words] of [["V_MPEGH/ISO/HEVC", /is HEVC .* Convert it/], [
        "V_VP8",
        /is damaged/,
      ]]
    ) {
      await page.getByTestId("video-file").setInputFiles({
        name: "film.mkv",
        mimeType: "video/x-matroska",
        buffer: Buffer.from(`\x1a\x45\xdf\xa3 ${track}`, "latin1"),
      });
      await waitForAlert(page, words as RegExp);
    }
    // Without a fake camera Chromium finds none, or asks nobody and so refuses.
    await page.getByRole("button", { name: "Use this computer's camera" }).click();
    await waitForAlert(page, /no camera|not allowed|did not start/);
  });
});
