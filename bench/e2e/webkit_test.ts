// @all: another browser
// @covers: WebKitGTK: viewer wasm, viewer server, phone through the server
/**
 * Both pages in WebKitGTK, Safari's engine without WebRTC: as Debian has it, and with Workers that can read
 * tracks, as Safari's can.
 *
 * Takes about 50 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER, openBrowser } from "../browser.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { joinWithPhone, waitForState } from "../people.ts";
import { agreeToRelay, THROUGH } from "../relay_scene.ts";
import { type RigServer, startServer } from "../server.ts";
import { until } from "../until.ts";
import { openWebKit, type WebKit } from "../webkit.ts";

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

/** Chooses where frames are examined, as soon as that can be chosen. */
async function chooseMode({ evaluate, press }: WebKit, mode: string): Promise<void> {
  await press("Settings");
  const choose = () =>
    evaluate((mode) => {
      const select = document.querySelector<HTMLSelectElement>("[aria-label=Mode]");
      if (select === null) return false;
      select.value = mode;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      return true;
    }, mode);
  await until(choose, () => "No choice of a mode", { timeoutMs: 60_000 });
}

/** Chooses a file of the person's. */
async function openVideo({ evaluate }: WebKit, base64: string): Promise<void> {
  const choose = () =>
    evaluate((base64: string) => {
      const input = document.querySelector<HTMLInputElement>("input[type=file][accept*=video]");
      if (input === null) return false;
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const files = new DataTransfer();
      files.items.add(new File([bytes], "cup.webm", { type: "video/webm" }));
      input.files = files.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      return true;
    }, base64);
  await until(choose, () => "No place for files", { timeoutMs: 60_000 });
}

async function useOwnCamera(webkit: WebKit, server: RigServer): Promise<void> {
  await webkit.goto(server.httpUrl);
  await webkit.press("Use this computer's camera");
  await webkit.press("Send frames to the server");
  await webkit.see(/on the server/);
  await waitForResults(webkit);
  await chooseMode(webkit, "wasm");
  await webkit.see(/in this browser/);
  await waitForResults(webkit);
  assert.doesNotMatch(
    await webkit.evaluate(() => document.body.innerText),
    /No picture is coming/,
  );
}

/** Its pictures are shown to another browser. */
async function beThePhone(
  webkit: WebKit,
  server: RigServer,
  script?: () => void,
): Promise<void> {
  await using viewer = await openBrowser({ role: "viewer", initScript: agreeToRelay });
  await viewer.page.goto(`${server.httpUrl}/?mode=wasm`);
  const url = await viewer.page.getByTestId("join-link").getAttribute("href");
  await webkit.goto(url!, script);
  await webkit.press("Start camera");
  await waitForState(viewer.page, THROUGH);
  await webkit.see(/Live through the server/);
  await viewer.page.getByTestId("figures").getByText(/^[1-9]\d* fps/).first().waitFor();
  assert.deepEqual(viewer.errors, []);
}

Deno.test("WebKit", BROWSER, async (t) => {
  await using server = await startServer({ flags: ["--mode", "server"] });

  await t.step("as Debian has it", async (t) => {
    await using webkit = await openWebKit();
    await t.step(
      "the viewer's own camera, in both modes: frames of the video",
      () => useOwnCamera(webkit, server),
    );

    await t.step("a video file", async () => {
      await webkit.goto(server.httpUrl);
      await openVideo(webkit, await videoOf("coffee.jpg"));
      await waitForLabel(webkit, "cup");
    });

    await t.step("a viewer without WebRTC sees a phone through the server", async () => {
      await using clip = await clipFile(await personClip());
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

    await t.step(
      "a phone without WebRTC: its pictures go through the server",
      () => beThePhone(webkit, server),
    );
  });

  await t.step("with Workers that can read tracks", async (t) => {
    await using webkit = await openWebKit({ hasTrackProcessor: true });
    await t.step(
      "the viewer's own camera, in both modes: frames read by Workers",
      () => useOwnCamera(webkit, server),
    );
    await t.step(
      "a phone with WebRTC that makes no connection: through the server",
      () => beThePhone(webkit, server, breakWebRtc),
    );
  });
});
