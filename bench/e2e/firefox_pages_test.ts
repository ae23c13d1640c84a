// @all: another browser
// @covers: Firefox: viewer wasm, viewer server, phone directly, phone through the server
/**
 * Both pages in Firefox: as it is, and with what people and companies turn off in it.
 *
 * Takes about 135 s on two busy cores.
 */
import type { Page } from "puppeteer-core";
import { BROWSER, openBrowser, PHONE_VIEWPORT, VIEWER_VIEWPORT } from "../browser.ts";
import { calmViewer, openCalmViewer } from "../calm_viewer.ts";
import { canvasCamera } from "../canvas_camera.ts";
import { findDrawnBoxes } from "../drawn_boxes.ts";
import { openFirefox } from "../firefox.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { joinWithPhone } from "../people.ts";
import { readPng } from "../pixels.ts";
import { type RigServer, startServer } from "../server.ts";
import { until } from "../until.ts";

/** Of one thing on a busy machine. */
const PATIENCE_MS = 60_000;

const spec = await personClip();
const camera = canvasCamera(spec);

const NO_WEBRTC = { "media.peerconnection.enabled": false };
const NO_FRAME_CALLBACKS = { "media.rvfc.enabled": false };
const NO_STORAGE = { "network.cookie.cookieBehavior": 2 };

type Preferences = Readonly<Record<string, boolean | number>>;

const openViewer = async (server: RigServer, preferences: Preferences = {}) => {
  const content = [camera, ...await calmViewer(server)].map((one) => one.content).join("\n");
  return await openFirefox({ viewport: VIEWER_VIEWPORT, preferences, initScript: { content } });
};
const openPhone = (preferences: Preferences = {}) =>
  openFirefox({ viewport: PHONE_VIEWPORT, preferences, initScript: camera });

/** Waits until the page's text matches. */
async function see(page: Page, words: RegExp): Promise<void> {
  const text = () => page.evaluate(() => document.body.innerText);
  await until(async () => words.test(await text()), async () => `No ${words} in: ${await text()}`, {
    timeoutMs: PATIENCE_MS,
  });
}

async function press(page: Page, name: string): Promise<void> {
  await page.locator(`::-p-aria([name="${name}"][role="button"])`).setTimeout(PATIENCE_MS).click();
}

async function joinUrlOf(viewer: Page, server: RigServer): Promise<string> {
  await viewer.goto(server.httpUrl);
  const link = await viewer.waitForSelector("[data-testid=join-link]", { timeout: PATIENCE_MS });
  return await link!.evaluate((link) => (link as HTMLAnchorElement).href);
}

async function join(phone: Page, url: string): Promise<void> {
  await phone.goto(url);
  await press(phone, "Start camera");
}

/** Waits until a box is drawn on the picture. */
async function waitForBox(page: Page): Promise<void> {
  const look = async () => {
    const area = await page.evaluate(() => {
      const video = document.querySelector("video")!;
      const { left, top, width, height } = video.getBoundingClientRect();
      return { xPx: left, yPx: top, widthPx: width, heightPx: height };
    });
    return findDrawnBoxes(readPng(await page.screenshot()), {
      xPx: Math.round(area.xPx),
      yPx: Math.round(area.yPx),
      widthPx: Math.floor(area.widthPx),
      heightPx: Math.floor(area.heightPx),
    }).length > 0;
  };
  await until(look, () => "No box is drawn", { timeoutMs: PATIENCE_MS, everyMs: 500 });
}

Deno.test("Firefox to Firefox: boxes in both modes", BROWSER, async (t) => {
  await using server = await startServer({
    // Firefox speaks over networks only, and the server answers where it was spoken to.
    flags: ["--host", "0.0.0.0", "--mode", "server"],
  });
  await using viewer = await openViewer(server);
  await using phone = await openPhone();
  await t.step("a phone joins, and its pictures are examined on the server", async () => {
    await viewer.page.goto(server.httpUrl);
    const { port } = new URL(server.httpsUrl);
    const link = await viewer.page.waitForSelector("[data-testid=join-link]");
    const url = new URL(await link!.evaluate((link) => (link as HTMLAnchorElement).href));
    url.host = `localhost:${port}`;
    await join(phone.page, url.href);
    await press(viewer.page, "Send frames to the server");
    await see(phone.page, /Live on the computer/);
    await see(viewer.page, /1 phone connected/);
    await viewer.page.waitForSelector(
      '::-p-xpath(//*[@data-testid="transport"][contains(., "DataChannel")])',
      { timeout: PATIENCE_MS },
    );
    await waitForBox(viewer.page);
  });
  await t.step("and in the viewer's browser", async () => {
    await press(viewer.page, "Settings");
    await viewer.page.waitForSelector("[aria-label=Mode]");
    await viewer.page.select("[aria-label=Mode]", "wasm");
    await see(phone.page, /between the two devices/);
    await waitForBox(viewer.page);
  });
});

Deno.test("Firefox with all cookies blocked: its own camera, with boxes", BROWSER, async () => {
  await using server = await startServer();
  await using viewer = await openViewer(server, NO_STORAGE);
  await viewer.page.goto(server.httpUrl);
  await press(viewer.page, "Use this computer's camera");
  await waitForBox(viewer.page);
});

Deno.test("Firefox without a codec for cameras of the server says so", BROWSER, async () => {
  await using server = await startServer({
    env: { PEERLENS_CAMERAS: "ball" },
  });
  // The codec is a plugin, which comes over the internet.
  await using viewer = await openViewer(server);
  await viewer.page.goto(`${server.httpUrl}/?camera=ball`);
  await see(viewer.page, /This browser cannot decode H\.264/);
});

Deno.test(
  "Firefox without frame callbacks: the viewer says so, the phone does without",
  BROWSER,
  async (t) => {
    await using server = await startServer();
    await t.step("viewer", async () => {
      await using old = await openViewer(server, NO_FRAME_CALLBACKS);
      await old.page.goto(server.httpUrl);
      await see(old.page, /It needs .*Firefox 132/);
    });
    await t.step("phone, through the server", async () => {
      await using viewer = await openCalmViewer(server);
      await using old = await openPhone({ ...NO_FRAME_CALLBACKS, ...NO_WEBRTC });
      await throughServer(viewer.page, old.page, server);
    });
  },
);

type Viewer = Awaited<ReturnType<typeof openCalmViewer>>["page"];

async function throughServer(viewer: Viewer, phone: Page, server: RigServer): Promise<void> {
  await viewer.goto(server.httpUrl);
  const url = await viewer.getByTestId("join-link").getAttribute("href");
  await join(phone, url!);
  await viewer.getByRole("button", { name: "Show it through the server" }).click();
  await see(phone, /Live through the server/);
  await viewer.getByRole("list", { name: "Detections" }).getByText("person").first().waitFor();
}

Deno.test(
  "Firefox without WebRTC: a phone's picture comes through the server",
  BROWSER,
  async () => {
    await using server = await startServer();
    await using viewer = await openViewer(server, NO_WEBRTC);
    await using clip = await clipFile(spec);
    await using phone = await openBrowser({ role: "phone", clip: clip.path });
    await joinWithPhone(phone.page, await joinUrlOf(viewer.page, server));
    await press(viewer.page, "Show it through the server");
    await see(viewer.page, /1 phone connected through the server/);
    await waitForBox(viewer.page);
  },
);

Deno.test("Firefox that resists fingerprinting, as a phone", BROWSER, async (t) => {
  const RESISTS = { "privacy.resistFingerprinting": true };
  await using server = await startServer();
  await t.step("its video goes directly", async () => {
    await using viewer = await openCalmViewer(server);
    await viewer.page.goto(server.httpUrl);
    const url = await viewer.page.getByTestId("join-link").getAttribute("href");
    await using phone = await openFirefox({ viewport: PHONE_VIEWPORT, preferences: RESISTS });
    await join(phone.page, url!);
    await see(phone.page, /Live on the computer/);
  });
  await t.step("through the server it would be false, and is refused with that word", async () => {
    await using viewer = await openCalmViewer(server);
    await viewer.page.goto(server.httpUrl);
    const url = await viewer.page.getByTestId("join-link").getAttribute("href");
    await using phone = await openPhone({ ...RESISTS, ...NO_WEBRTC });
    await join(phone.page, url!);
    await viewer.page.getByRole("button", { name: "Show it through the server" }).click();
    await see(phone.page, /false pixels/);
    await viewer.page.getByText("its browser cannot make pictures").first().waitFor();
  });
});
