import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER, PHONE_VIEWPORT, VIEWER_VIEWPORT } from "../browser.ts";
import { startCamera } from "../people.ts";
import { setUpRig } from "../rig.ts";
import { ROOT } from "../server.ts";
import { waitForVideo } from "../stage.ts";

/** Pictures for people to look at; ignored by git. */
const FOLDER = `${ROOT}/.out/screenshots`;

/** Saves a page at both sizes, light and dark, and checks that it fits the width. */
async function takeAll(page: Page, name: string): Promise<void> {
  await Deno.mkdir(FOLDER, { recursive: true });
  const before = page.viewportSize();
  for (const size of [VIEWER_VIEWPORT, PHONE_VIEWPORT]) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      // Layout and colours change over a frame or two.
      await page.waitForTimeout(300);
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

Deno.test(
  "both pages fit both sizes, waiting and live, and leave screenshots",
  BROWSER,
  async () => {
    await using rig = await setUpRig();
    await takeAll(rig.viewer.page, "viewer-waiting");
    const stage = rig.viewer.page.getByTestId("stage");
    const before = await stage.boundingBox();
    const phone = await rig.open({ role: "phone" });
    await phone.page.goto(rig.joinUrl);
    await phone.page.getByRole("button", { name: "Start camera" }).waitFor();
    await takeAll(phone.page, "phone-start");
    await startCamera(phone.page);
    await waitForVideo(rig.viewer.page);
    assert.deepEqual(await stage.boundingBox(), before, "the stage moved when the video started");
    await takeAll(rig.viewer.page, "viewer-live");
    await takeAll(phone.page, "phone-live");
  },
);
