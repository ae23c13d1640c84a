// @all: pictures for people to look at
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER, PHONE_VIEWPORT, scriptOf, VIEWER_VIEWPORT } from "../browser.ts";
import { giveMadeUpRows } from "./made_up_rows.ts";
import { startCamera } from "../people.ts";
import { setUpRig } from "../rig.ts";
import { ROOT } from "../server.ts";
import { waitForVideo } from "../stage.ts";

/** Pictures for people to look at; ignored by git. */
const FOLDER = `${ROOT}/.out/screenshots`;

/** A desktop's window, beside those of the two roles. */
const DESKTOP = { width: 1440, height: 900 };

/** What is taken of a page. */
interface Shots {
  readonly name: string;
  readonly sizes?: readonly { readonly width: number; readonly height: number }[];
  /** Done once a size and its colours are there. */
  prepare?(): Promise<void>;
}

/** Saves a page at all sizes, light and dark, and checks that it fits the width. */
async function takeAll(page: Page, { name, sizes, prepare }: Shots): Promise<void> {
  await Deno.mkdir(FOLDER, { recursive: true });
  const before = page.viewportSize();
  for (const size of sizes ?? [VIEWER_VIEWPORT, PHONE_VIEWPORT]) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await prepare?.();
      await settle(page);
      const label = `${name}-${size.width}x${size.height}-${colorScheme}`;
      await page.screenshot({ path: `${FOLDER}/${label}.png`, scale: "css" });
      const overflowPx = await page.evaluate(() =>
        document.documentElement.scrollWidth - document.documentElement.clientWidth
      );
      assert(overflowPx <= 0, `${label} is ${overflowPx} px wider than the screen`);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  if (before) await page.setViewportSize(before);
}

/** Layout and colours change over a frame or two. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    await Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {})));
  });
}

Deno.test(
  "both pages fit both sizes, waiting and live, and leave screenshots",
  BROWSER,
  async () => {
    await using rig = await setUpRig();
    await takeAll(rig.viewer.page, { name: "viewer-waiting" });
    const stage = rig.viewer.page.getByTestId("stage");
    const before = await stage.boundingBox();
    const phone = await rig.open({ role: "phone" });
    await phone.page.goto(rig.joinUrl);
    await phone.page.getByRole("button", { name: "Start camera" }).waitFor();
    await takeAll(phone.page, { name: "phone-start" });
    await startCamera(phone.page);
    await waitForVideo(rig.viewer.page);
    assert.deepEqual(await stage.boundingBox(), before, "the stage moved when the video started");
    await takeAll(rig.viewer.page, { name: "viewer-live" });
    await takeAll(phone.page, { name: "phone-live" });
  },
);

Deno.test("the dashboard fits all sizes, and leaves screenshots", BROWSER, async () => {
  await using rig = await setUpRig();
  const { page } = await rig.open({ role: "viewer", initScript: scriptOf(giveMadeUpRows, 600) });
  await page.goto(rig.server.httpUrl);
  await page.getByRole("heading", { name: "Dashboard" }).click();
  const chart = page.getByTestId("chart-fps");
  const sizes = [VIEWER_VIEWPORT, DESKTOP, PHONE_VIEWPORT];
  const see = () => chart.scrollIntoViewIfNeeded();
  await takeAll(page, { name: "dashboard", sizes, prepare: see });
  const point = async () => {
    await see();
    const { x, y, width, height } = (await chart.boundingBox())!;
    await page.mouse.move(x + width * 0.6, y + height / 2);
  };
  await takeAll(page, { name: "dashboard-pointed", sizes, prepare: point });
});
