// @all: another browser
// @covers: Firefox: viewer wasm, viewer server, phone directly, phone through the server
/**
 * Both pages in Firefox: as it is, and with what people and companies turn off in it.
 *
 * Takes about 100 s on two busy cores.
 */
import type { Page } from "puppeteer-core";
import {
  BROWSER,
  launchBrowser,
  openBrowser,
  PHONE_VIEWPORT,
  VIEWER_VIEWPORT,
} from "../browser.ts";
import { calmViewer } from "../calm_viewer.ts";
import { canvasCamera } from "../canvas_camera.ts";
import { findDrawnBoxes } from "../drawn_boxes.ts";
import { openFirefox } from "../firefox.ts";
import { clipFile, personClip } from "../fixtures.ts";
import { joinWithPhone } from "../people.ts";
import { readPng } from "../pixels.ts";
import { startServer } from "../server.ts";
import { until } from "../until.ts";

/** Of one thing on a busy machine. */
const PATIENCE_MS = 60_000;

const spec = await personClip();
const camera = canvasCamera(spec);

const NO_WEBRTC = { "media.peerconnection.enabled": false };
const NO_FRAME_CALLBACKS = { "media.rvfc.enabled": false };
const RESISTS = { "privacy.resistFingerprinting": true };
const NO_STORAGE = { "network.cookie.cookieBehavior": 2 };

type Preferences = Readonly<Record<string, boolean | number>>;

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

Deno.test("Firefox", BROWSER, async (t) => {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(
    await startServer({
      // Firefox speaks over networks only, and the server answers where it was spoken to.
      flags: ["--host", "0.0.0.0", "--mode", "server"],
      env: { PEERLENS_CAMERAS: "ball" },
    }),
  );
  const known = (await calmViewer(server)).map(({ content }) => content);
  const viewers = stack.use(await launchBrowser({ role: "viewer", compilesLess: true }));

  const openViewer = (preferences: Preferences = {}) => {
    const content = [camera.content, ...known].join("\n");
    return openFirefox({ viewport: VIEWER_VIEWPORT, preferences, initScript: { content } });
  };
  const openPhone = (preferences: Preferences = {}) =>
    openFirefox({ viewport: PHONE_VIEWPORT, preferences, initScript: camera });
  const openChromium = async () => {
    const viewer = await viewers.open({ initScript: known.map((content) => ({ content })) });
    await viewer.page.goto(inBrowser);
    const link = viewer.page.getByTestId("join-link");
    return { ...viewer, url: phoneUrl(await link.getAttribute("href")) };
  };
  const inBrowser = `${server.httpUrl}/?mode=wasm`;
  /** By a name that leads to this computer; the link has an address of its network. */
  const phoneUrl = (link: string | null) => {
    const url = new URL(link!);
    url.host = new URL(server.httpsUrl).host;
    return url.href;
  };
  const joinUrlOf = async (viewer: Page, from: string) => {
    await viewer.goto(from);
    const link = await viewer.waitForSelector("[data-testid=join-link]", { timeout: PATIENCE_MS });
    return phoneUrl(await link!.evaluate((link) => (link as HTMLAnchorElement).href));
  };

  await t.step("to Firefox", async (t) => {
    const opening = [openViewer(), openPhone()] as const;
    await using viewerFirefox = await opening[0];
    await using phoneFirefox = await opening[1];
    const viewer = viewerFirefox.page;
    const phone = phoneFirefox.page;
    await t.step("a phone joins, and its pictures are examined on the server", async () => {
      await join(phone, await joinUrlOf(viewer, server.httpUrl));
      await press(viewer, "Send frames to the server");
      await see(phone, /Live on the computer/);
      await see(viewer, /1 phone connected/);
      await viewer.waitForSelector(
        '::-p-xpath(//*[@data-testid="transport"][contains(., "DataChannel")])',
        { timeout: PATIENCE_MS },
      );
      await waitForBox(viewer);
    });
    await t.step("and in the viewer's browser", async () => {
      await press(viewer, "Settings");
      await viewer.waitForSelector("[aria-label=Mode]");
      await viewer.select("[aria-label=Mode]", "wasm");
      await see(phone, /between the two devices/);
      await waitForBox(viewer);
    });
    await t.step("without a codec for cameras of the server it says so", async () => {
      // The codec is a plugin, which comes over the internet.
      await viewer.goto(`${server.httpUrl}/?camera=ball`);
      await see(viewer, /This browser cannot decode H\.264/);
    });
  });

  await t.step("with all cookies blocked: its own camera, with boxes", async () => {
    await using viewer = await openViewer(NO_STORAGE);
    await viewer.page.goto(inBrowser);
    await press(viewer.page, "Use this computer's camera");
    await waitForBox(viewer.page);
  });

  await t.step("without WebRTC: a phone's picture comes through the server", async () => {
    await using viewer = await openViewer(NO_WEBRTC);
    await using clip = await clipFile(spec);
    await using phone = await openBrowser({ role: "phone", clip: clip.path });
    await joinWithPhone(phone.page, await joinUrlOf(viewer.page, inBrowser));
    await press(viewer.page, "Show it through the server");
    await see(viewer.page, /1 phone connected through the server/);
    await waitForBox(viewer.page);
  });

  await t.step("without frame callbacks: the viewer says so, the phone does without", async () => {
    await using viewer = await openChromium();
    await using old = await openPhone({ ...NO_FRAME_CALLBACKS, ...NO_WEBRTC });
    await old.page.goto(server.httpUrl);
    await see(old.page, /It needs .*Firefox 132/);
    await join(old.page, viewer.url);
    await viewer.page.getByRole("button", { name: "Show it through the server" }).click();
    await see(old.page, /Live through the server/);
    await viewer.page.getByRole("list", { name: "Detections" }).getByText("person").first()
      .waitFor();
  });

  await t.step("that resists fingerprinting, as a phone: its video goes directly", async () => {
    await using viewer = await openChromium();
    await using phone = await openFirefox({ viewport: PHONE_VIEWPORT, preferences: RESISTS });
    await join(phone.page, viewer.url);
    await see(phone.page, /Live on the computer/);
  });

  await t.step("through the server it would be false, and is refused with that word", async () => {
    await using viewer = await openChromium();
    await using phone = await openPhone({ ...RESISTS, ...NO_WEBRTC });
    await join(phone.page, viewer.url);
    await viewer.page.getByRole("button", { name: "Show it through the server" }).click();
    await see(phone.page, /false pixels/);
    await viewer.page.getByText("its browser cannot make pictures").first().waitFor();
  });
});
