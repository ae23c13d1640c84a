// @all: another browser
// @covers: WebKitGTK: viewer wasm, viewer server, phone through the server
/**
 * Both pages in WebKitGTK, Safari's engine without WebRTC: as Debian has it, and with Workers that can read
 * tracks, as Safari's can.
 *
 * Takes about 110 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER, openBrowser } from "../browser.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { joinWithPhone, waitForState } from "../people.ts";
import { agreeToRelay, THROUGH } from "../relay_scene.ts";
import { startServer } from "../server.ts";
import { until } from "../until.ts";
import { openWebKit, type WebKit } from "../webkit.ts";

const spec = await personClip();

/** Waits until results come. */
async function waitForResults({ evaluate }: WebKit): Promise<void> {
  const processed = () =>
    evaluate(() => {
      const figures = document.querySelector("[data-testid=figures]")?.textContent ?? "";
      return /processed *([\d.]+)/.exec(figures)?.[1] ?? "";
    });
  await until(
    async () => Number(await processed()) > 0,
    () => evaluate(() => `No frame is processed: ${document.body.innerText}`),
    { timeoutMs: 60_000 },
  );
}

/** Waits until something of this label is found. */
async function waitForLabel({ evaluate }: WebKit, label: string): Promise<void> {
  const list = () =>
    evaluate(() => document.querySelector("[aria-label=Detections]")?.textContent ?? "");
  const found = async () => (await list()).includes(label);
  await until(found, () => evaluate(() => `Not found: ${document.body.innerText}`), {
    timeoutMs: 60_000,
  });
}

/** A picture of models/pictures as a video that stands still, in base64. */
async function videoOf(picture: string): Promise<string> {
  const path = new URL(`../../models/pictures/${picture}`, import.meta.url).pathname;
  const still = ["-v", "error", "-loop", "1", "-i", path, "-t", "3", "-r", "15"];
  const webm = ["-c:v", "libvpx", "-b:v", "400k", "-pix_fmt", "yuv420p", "-f", "webm", "-"];
  const { stdout } = await new Deno.Command("ffmpeg", { args: [...still, ...webm] }).output();
  return stdout.toBase64();
}

/** As what some extensions put in its place. */
function breakWebRtc(): void {
  Object.assign(globalThis, {
    RTCPeerConnection: class {
      constructor() {
        throw new DOMException("Blocked", "NotAllowedError");
      }
    },
  });
}

Deno.test("WebKit: the viewer with its own camera, in both modes", BROWSER, async (t) => {
  await using server = await startServer({
    flags: ["--mode", "server"],
  });
  for (const hasTrackProcessor of [false, true]) {
    const how = hasTrackProcessor ? "read by Workers" : "taken from the video";
    await t.step(`frames ${how}`, async () => {
      await using webkit = await openWebKit({ hasTrackProcessor });
      await webkit.goto(server.httpUrl);
      await webkit.press("Use this computer's camera");
      await webkit.press("Send frames to the server");
      await webkit.see(/on the server/);
      await waitForResults(webkit);
      await webkit.press("Settings");
      const choose = () =>
        webkit.evaluate(() => {
          const mode = document.querySelector<HTMLSelectElement>("[aria-label=Mode]");
          if (mode === null) return false;
          mode.value = "wasm";
          mode.dispatchEvent(new Event("change", { bubbles: true }));
          return true;
        });
      await until(choose, () => "No choice of a mode", { timeoutMs: 60_000 });
      await webkit.see(/in this browser/);
      await waitForResults(webkit);
      assert.doesNotMatch(
        await webkit.evaluate(() => document.body.innerText),
        /No picture is coming/,
      );
    });
  }
});

Deno.test("WebKit: a video file", BROWSER, async () => {
  await using server = await startServer();
  await using webkit = await openWebKit();
  await webkit.goto(server.httpUrl);
  const chosen = await videoOf("coffee.jpg");
  const choose = () =>
    webkit.evaluate((base64: string) => {
      const input = document.querySelector<HTMLInputElement>("input[type=file][accept*=video]");
      if (input === null) return false;
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const files = new DataTransfer();
      files.items.add(new File([bytes], "cup.webm", { type: "video/webm" }));
      input.files = files.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      return true;
    }, chosen);
  await until(choose, () => "No place for files", { timeoutMs: 60_000 });
  await waitForLabel(webkit, "cup");
});

Deno.test("WebKit: a viewer without WebRTC sees a phone through the server", BROWSER, async () => {
  await using server = await startServer();
  await using clip = await clipFile(spec);
  await using webkit = await openWebKit();
  await using phone = await openBrowser({ role: "phone", clip: clip.path });
  await webkit.goto(server.httpUrl);
  const url = () =>
    webkit.evaluate(() =>
      document.querySelector<HTMLAnchorElement>("[data-testid=join-link]")?.href ?? ""
    );
  await joinWithPhone(phone.page, await until(url, () => "No link", { timeoutMs: 60_000 }));
  await webkit.press("Show it through the server");
  await webkit.see(/1 phone connected through the server/);
  await waitForLabel(webkit, "person");
});

Deno.test("WebKit: a phone's pictures go through the server", BROWSER, async (t) => {
  await using server = await startServer();
  const ways = [
    { name: "no WebRTC", hasTrackProcessor: false, script: undefined },
    { name: "WebRTC that makes no connection", hasTrackProcessor: true, script: breakWebRtc },
  ];
  for (const { name, hasTrackProcessor, script } of ways) {
    await t.step(name, async () => {
      await using viewer = await openBrowser({ role: "viewer", initScript: agreeToRelay });
      await viewer.page.goto(server.httpUrl);
      const url = await viewer.page.getByTestId("join-link").getAttribute("href");
      await using webkit = await openWebKit({ hasTrackProcessor });
      await webkit.goto(url!, script);
      await webkit.press("Start camera");
      await waitForState(viewer.page, THROUGH);
      await webkit.see(/Live through the server/);
      await viewer.page.getByTestId("figures").getByText(/^[1-9]\d* fps/).first().waitFor();
      assert.deepEqual(viewer.errors, []);
    });
  }
});
