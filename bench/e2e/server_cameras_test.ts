// @all: server/cameras has tests of its own
/**
 * Cameras of the server as a person sees them: the demo scene in one click, for a viewer who may only watch,
 * in a server that starts again; what a phone beside it may; and what is refused, or missing.
 *
 * Takes about 70 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER, openBrowser, PATIENCE_MS } from "../browser.ts";
import { showsWhileBusy } from "../busy_page.ts";
import { openCalmViewer } from "../calm_viewer.ts";
import { watchSends } from "../counted_sends.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { exportMetrics, joinWithPhone, resetMetrics, waitForState } from "../people.ts";
import { waitForPerson } from "../person_stage.ts";
import { openRigs } from "../rig.ts";
import { type RigServer, startServer } from "../server.ts";
import { readDetections, waitForBox, waitForVideo } from "../stage.ts";
import { until } from "../until.ts";

/** A page of the viewer on the server's own computer. */
async function openViewer(server: RigServer, initScript = () => {}) {
  const browser = await openCalmViewer(server, { initScript });
  await browser.page.goto(server.httpUrl);
  return browser;
}

async function watchScene(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Watch the demo scene" }).click();
  await waitForVideo(page);
}

/** The photograph in the scene is of a person, whom the model finds, and the page says so. */
async function waitForScenePerson(page: Page): Promise<void> {
  await until(
    async () => (await readDetections(page)).some((row) => /person/.test(row)),
    async () => `no person is found in the scene, but ${await readDetections(page)}`,
    { timeoutMs: 60_000 },
  );
  await waitForBox(page);
}

/** Notes by what else than its links frames could leave a page. */
function countUploads(): void {
  const seen = { frameChannels: 0, cameras: 0 };
  Object.assign(globalThis, { uploads: seen });
  const { createDataChannel } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.createDataChannel = function (label, options) {
    if (label === "frames") seen.frameChannels += 1;
    return createDataChannel.call(this, label, options);
  };
  // An empty page has none.
  if (navigator.mediaDevices === undefined) return;
  const { getUserMedia } = navigator.mediaDevices;
  navigator.mediaDevices.getUserMedia = function (wishes) {
    seen.cameras += 1;
    return getUserMedia.call(this, wishes);
  };
}

function uploadsOf(page: Page): Promise<{ frameChannels: number; cameras: number }> {
  return page.evaluate(() => (globalThis as unknown as { uploads: never }).uploads);
}

Deno.test("the demo scene in a browser", BROWSER, async (t) => {
  await using server = await startServer();
  await using viewer = await openViewer(server, countUploads);
  const { page, errors } = viewer;

  await t.step("is there with one click, with boxes, and asks for no camera", async () => {
    await watchScene(page);
    await waitForState(page, /^Showing ball/);
    await waitForScenePerson(page);
    assert.match(
      await page.getByTestId("privacy").innerText(),
      /^Video comes from the Peerlens server/,
    );
    assert.equal((await uploadsOf(page)).cameras, 0);
    assert.equal(await page.getByRole("button", { name: /^Send away/ }).count(), 0);
  });

  await t.step("is measured by the server's own clock, and exported as a camera", async () => {
    await resetMetrics(page);
    await until(
      async () => /\d+ ms delay/.test(await page.getByTestId("vitals").innerText()),
      async () => `no delay is shown: ${await page.getByTestId("vitals").innerText()}`,
      { timeoutMs: PATIENCE_MS },
    );
    const metrics = await until(
      async () => {
        const exported = await exportMetrics(page);
        return exported.samples.length > 0 ? exported : null;
      },
      () => "nothing was measured",
      { timeoutMs: PATIENCE_MS, everyMs: 500 },
    );
    assert.deepEqual([metrics.source, metrics.capture_clock], ["camera", "phone"]);
    const latencies = metrics.samples.map(({ latency_ms }) => latency_ms ?? -1);
    assert.ok(Math.min(...latencies) >= 0, `${Math.min(...latencies)} ms`);
    assert.ok(metrics.video_delay_ms.median! >= 0);
  });

  await t.step("is seen by a view-only viewer, who is offered no camera", async () => {
    const url = await page.getByRole("link", { name: "View-only link" }).getAttribute("href");
    await using watcher = await openCalmViewer(server);
    await watcher.page.goto(url!);
    await waitForVideo(watcher.page);
    await waitForScenePerson(watcher.page);
    assert.equal(await watcher.page.getByRole("button", { name: /demo scene|^Remove/ }).count(), 0);
    assert.deepEqual(watcher.errors, []);
  });

  await t.step(
    "is there again in a page that was loaded anew, and in a server that was",
    async () => {
      await page.reload();
      await waitForVideo(page);
      // The room goes with the server; the page asks for what it had.
      await server.stop();
      await server.start();
      await waitForVideo(page);
      await waitForState(page, /^Showing ball/);
    },
  );

  await t.step("goes when it is removed, and its ffmpeg with it", async () => {
    await page.getByRole("button", { name: "Remove ball" }).click();
    await page.getByTestId("qr").locator("svg").waitFor();
    assert.equal(await page.getByTestId("phone").count(), 0);
    assert.deepEqual(errors, []);
  });
});

/** How many pixels of the video itself have the colour that boxes of a person are burned in with. */
function burnedPixels(page: Page): Promise<number> {
  return page.evaluate(() => {
    const video = document.querySelector("video")!;
    const { videoWidth: width, videoHeight: height } = video;
    if (width === 0) return 0;
    const context = new OffscreenCanvas(width, height).getContext("2d")!;
    context.drawImage(video, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      const [red, green, blue] = data.subarray(at, at + 3);
      if (green! > 190 && red! < 110 && blue! < 130) count += 1;
    }
    return count;
  });
}

Deno.test("the demo scene in server mode", BROWSER, async (t) => {
  await using rigs = await openRigs({ mode: "server", env: { PEERLENS_CAMERAS: "ball" } });
  await using rig = await rigs.open({ viewerInit: countUploads });
  const { server, viewer: { page, errors } } = rig;
  const sends = watchSends(page);

  await t.step("is examined there, and no frame goes up", async () => {
    await page.goto(`${server.httpUrl}/?camera=ball`);
    await waitForVideo(page);
    await waitForScenePerson(page);
    assert.equal(await page.getByTestId("consent").count(), 0);
    assert.match(
      await page.getByTestId("privacy").innerText(),
      /has objects looked for in it, there/,
    );
    await page.getByLabel("View", { exact: true }).selectOption("synced");
    await resetMetrics(page);
    await until(
      async () => {
        const { pairing } = await exportMetrics(page);
        return pairing.paired >= 20;
      },
      () => "too few results belong to a frame that was shown",
      { timeoutMs: PATIENCE_MS, everyMs: 1_000 },
    );
    const { frames, samples, mode, display } = await exportMetrics(page);
    assert.deepEqual([mode, display], ["server", "synced"]);
    assert.ok(frames.processed > 0);
    // In this view boxes are of the very frame, but for results that a busy machine has too late.
    const own = samples.filter(({ boxes }) => boxes === "own").length;
    assert.ok(own > samples.length / 2, `${own} of ${samples.length} boxes are of their frame`);
    assert.equal((await uploadsOf(page)).frameChannels, 0);
    // Frames would be kilobytes each.
    const { longestBytes } = await sends();
    assert.ok(
      longestBytes > 0 && longestBytes < 16_000,
      `${longestBytes} bytes in one message: a frame?`,
    );
    const { cameras, inference } = await (await fetch(`${server.httpUrl}/healthz`)).json();
    assert.equal(cameras.sessions, 1);
    assert.ok(inference.process.framesProcessed > 0);
  });

  await t.step("has boxes burned into the picture of another camera", async () => {
    // Each camera has one by itself.
    await page.goto(`${server.httpUrl}/?camera=ball-boxes&mode=off&display=live`);
    await waitForVideo(page);
    await until(
      async () => await burnedPixels(page) > 500,
      async () => `${await burnedPixels(page)} pixels of a box`,
      { timeoutMs: 60_000 },
    );
    // The page itself looks for nothing, and draws nothing. It says how late the picture is.
    assert.deepEqual(await readDetections(page), []);
    await page.getByTestId("vitals").filter({ hasText: /\d+ ms delay.*detection off/s }).waitFor();
    // What it shows can be examined for the page as well.
    await page.getByLabel("Mode", { exact: true }).selectOption("server");
    await waitForScenePerson(page);
    // The plain camera has none.
    await page.goto(`${server.httpUrl}/?camera=ball&mode=off`);
    await waitForVideo(page);
    assert.ok(await burnedPixels(page) < 100);
    assert.deepEqual(errors, []);
  });

  await t.step(
    "what a camera of the server may, a phone beside it may not without a yes",
    async () => {
      await using rig = await rigs.open({ viewerInit: countUploads });
      const { page } = rig.viewer;
      await watchScene(page);
      await waitForScenePerson(page);
      assert.equal(await page.getByLabel("Mode", { exact: true }).inputValue(), "server");
      const phone = await rig.open({ role: "phone" });
      await joinWithPhone(phone.page, rig.joinUrl);
      // It comes beside what is shown, and is asked about when it is to be shown.
      const tile = page.getByTestId("phone").filter({ hasText: /^Phone 1/ });
      await tile.waitFor();
      assert.equal(await page.getByTestId("consent").count(), 0);
      await tile.click();
      await page.getByTestId("consent").waitFor();
      await page.getByRole("button", { name: "Keep them on the two devices" }).click();
      await waitForVideo(page);
      await waitForPerson(page);
      assert.match(await page.getByTestId("privacy").innerText(), /No frame reaches the server/);
      assert.equal((await uploadsOf(page)).frameChannels, 0);
    },
  );
});

Deno.test("the demo scene in server mode: a busy page delays no box", BROWSER, async () => {
  await using rigs = await openRigs({
    ...{ mode: "server", hasGpu: true },
    env: { PEERLENS_CAMERAS: "ball" },
  });
  await using rig = await rigs.open();
  const { server, viewer: { page, errors } } = rig;
  await page.goto(`${server.httpUrl}/?camera=ball`);
  await waitForVideo(page);
  await waitForScenePerson(page);
  await showsWhileBusy(page);
  assert.deepEqual(errors, []);
});

Deno.test(
  "cameras of the operator's home are not for strangers; the drawn scene is",
  BROWSER,
  async () => {
    const spec = await personClip();
    await using clip = await clipFile(spec);
    // Whoever asks for the public host is not at this computer.
    const host = "peers.example";
    await using server = await startServer({
      env: { PEERLENS_CAMERAS: `ball\nclip=${clip.path}` },
      flags: ["--public-host", host],
    });
    await using viewer = await openBrowser({ role: "viewer", hostRules: `MAP ${host} 127.0.0.1` });
    const { page } = viewer;
    const origin = `https://${host}:${server.ports.https}`;
    await page.goto(`${origin}/`);
    await page.getByRole("button", { name: "Watch the demo scene" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "clip" }).count(), 0);
    await page.goto(`${origin}/?camera=clip${new URL(page.url()).hash}`);
    await watchScene(page);
    await waitForState(page, /^Showing ball$/);
    assert.ok(!(await page.content()).includes(clip.path));
    assert.ok(!server.output().includes(clip.path));
  },
);

Deno.test("without ffmpeg a camera says what is missing, and all else works", BROWSER, async () => {
  await using server = await startServer({
    env: { PEERLENS_FFMPEG: "/nowhere/ffmpeg" },
    flags: ["--camera", "ball"],
  });
  await using viewer = await openViewer(server);
  const { page } = viewer;
  await page.getByRole("button", { name: "Watch the demo scene" }).click();
  await page.getByText(/The server has no ffmpeg.*apt install ffmpeg/).first().waitFor();
  assert.deepEqual(viewer.errors, []);
});
