/**
 * Settings of the viewer's page: remembered, told by links, changed by keys.
 *
 * Takes about 25 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER } from "../browser.ts";
import { toggleSettings } from "../people.ts";
import { openRigs } from "../rig.ts";
import { waitForVideo } from "../stage.ts";

/** What the controls say. */
async function readControls(page: Page) {
  await page.getByLabel("Mode", { exact: true }).waitFor();
  return {
    mode: await page.getByLabel("Mode", { exact: true }).inputValue(),
    display: await page.getByLabel("View", { exact: true }).inputValue(),
    fps: await page.getByLabel("Detections a second").inputValue(),
    score: await page.getByLabel("Score at least").inputValue(),
    isMirrored: await page.getByLabel("Mirror the picture").isChecked(),
    classes: await page.getByText(/^Classes:/).innerText(),
  };
}

Deno.test("settings of the viewer's page", BROWSER, async (t) => {
  await using rigs = await openRigs();

  await t.step("settings are remembered, and a link's settings win for that visit", async () => {
    await using rig = await rigs.open({ isFirstVisit: true });
    const { server, viewer: { page, context } } = rig;
    const usual = await readControls(page);
    await page.getByLabel("View", { exact: true }).selectOption("synced");
    await page.getByLabel("Detections a second").selectOption({ label: "Saver: at most 6" });
    await page.getByLabel("Mode", { exact: true }).selectOption("off");
    await page.getByLabel("Score at least").fill("0.6");
    await page.getByLabel("Mirror the picture").check();
    await page.getByText(/^Classes:/).click();
    await page.getByRole("button", { name: "None", exact: true }).click();
    await page.getByLabel("person", { exact: true }).check();
    const chosen = {
      mode: "off",
      display: "synced",
      fps: "6",
      score: "0.6",
      isMirrored: true,
      classes: "Classes: 1 of 80",
    };
    assert.deepEqual(await readControls(page), chosen);

    // As a person who gets the link by mail would open it.
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy with these settings" }).click();
    const copied = new URL(await page.evaluate(() => navigator.clipboard.readText()));
    assert.match(
      copied.search,
      /mode=off.*fps=6&display=synced.*score=0\.6.*mirror=1&classes=person$/,
    );
    const other = await rig.open({ role: "viewer" });
    await other.page.goto(copied.href);
    assert.deepEqual(await readControls(other.page), chosen);
    // A link says nothing about the next visit.
    await other.page.goto(server.httpUrl);
    assert.deepEqual(await readControls(other.page), usual);

    await page.reload();
    assert.deepEqual(await readControls(page), chosen);
    await page.goto(
      `${server.httpUrl}/?mode=wasm&score=0.5&mirror=0&fps=8&model=gone&display=fast`,
    );
    assert.deepEqual(await readControls(page), {
      ...chosen,
      mode: "wasm",
      fps: "8",
      score: "0.5",
      isMirrored: false,
    });
  });

  await t.step("in one room", async (t) => {
    await using rig = await rigs.open();
    const { page } = rig.viewer;

    await t.step(
      "keys change view, mirror and screen, show their help, and leave fields alone",
      async () => {
        const { keyboard } = page;
        await readControls(page);
        await keyboard.press("v");
        await keyboard.press("m");
        assert.deepEqual(
          [(await readControls(page)).display, (await readControls(page)).isMirrored],
          ["synced", true],
        );
        await page.getByText(/^Classes:/).click();
        await page.getByLabel("Find a class").pressSequentially("vm?f");
        assert.equal((await readControls(page)).display, "synced");
        assert.equal(await page.getByLabel("Find a class").inputValue(), "vm?f");
        await page.getByText(/^Classes:/).click();

        await keyboard.press("?");
        const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
        await help.waitFor();
        await keyboard.press("m");
        await keyboard.press("Escape");
        await help.waitFor({ state: "hidden" });
        assert.equal((await readControls(page)).isMirrored, true);
        await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
        await help.getByRole("button", { name: "Close" }).click();
        await help.waitFor({ state: "hidden" });

        await keyboard.press("f");
        await page.waitForFunction(() => document.fullscreenElement?.matches(".stage"));
        await keyboard.press("f");
        await page.waitForFunction(() => document.fullscreenElement === null);
        await keyboard.press("m");
        assert.equal((await readControls(page)).isMirrored, false);
      },
    );

    await t.step("settings open at what is asked for, and stay as they were left", async () => {
      const { page } = await rig.open({ role: "viewer", isFirstVisit: true });
      await page.goto(rig.server.httpUrl);
      await page.getByTestId("qr").locator("svg").waitFor();
      const settings = page.getByRole("complementary", { name: "Settings" });
      assert.equal(await settings.isVisible(), false, "on a first visit the picture has the page");
      const zones = page.getByRole("button", { name: "Zones", exact: true });
      await zones.click();
      await page.waitForFunction(() => document.activeElement?.id === "zones-heading");
      const { height } = page.viewportSize()!;
      const { y: zonesY } = (await page.getByRole("heading", { name: "Zones" }).boundingBox())!;
      assert.ok(zonesY > 0 && zonesY < height, `the zones are at ${zonesY} px`);
      await settings.getByRole("button", { name: "Close settings" }).click();
      await settings.waitFor({ state: "hidden" });
      assert.ok(await zones.evaluate((button) => button === document.activeElement));
      // At their top, wherever they were before.
      await toggleSettings(page);
      const { y } = (await page.getByLabel("Mode", { exact: true }).boundingBox())!;
      assert.ok(y > 0 && y < height / 2, `the first setting is at ${y} px`);
      await page.reload();
      await settings.waitFor();
      assert.equal(await page.evaluate(() => document.activeElement?.tagName), "BODY");
    });

    await t.step("the key p pauses the phone's camera, and lets it go on", async () => {
      const phone = await rig.join();
      await waitForVideo(page);
      const paused = phone.page.getByText("Connected. The camera is paused.");
      await page.keyboard.press("p");
      await paused.waitFor();
      // As the button beside the picture says.
      await page.getByRole("button", { name: "Resume" }).waitFor();
      await page.keyboard.press("p");
      await paused.waitFor({ state: "hidden" });
      await page.getByRole("button", { name: "Pause" }).waitFor();
    });
  });
});
