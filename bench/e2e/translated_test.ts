// @all: rare states of the pages
/**
 * Pages that a browser's translator works on go on saying what is true.
 *
 * Takes about 30 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER } from "../browser.ts";
import { chooseMode, waitForState } from "../people.ts";
import { openRigs } from "../rig.ts";
import { waitForVideo } from "../stage.ts";

/**
 * Does to the page as translators do, now and after each change: in place of a text node comes an element
 * with the text that was read, in another's words. Half of them are wrapped, half are replaced.
 */
function translate(): void {
  let turn = 0;
  const translateAll = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts: Text[] = [];
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    for (const text of texts) {
      const parent = text.parentElement!;
      const isLeftAlone = parent.closest("font, script, style, svg, [translate=no]") !== null;
      if (isLeftAlone || text.data.trim() === "") continue;
      const font = document.createElement("font");
      const inner = font.appendChild(document.createElement("font"));
      text.replaceWith(font);
      if (turn++ % 2 === 0) inner.append(text);
      else inner.textContent = text.data;
    }
  };
  new MutationObserver(translateAll).observe(document.body, {
    childList: true,
    subtree: true,
    characterData: true,
  });
  translateAll();
}

/** Waits until the viewer's privacy line reads like `words`. */
const privacyOf = (page: Page, words: RegExp) =>
  page.getByTestId("privacy").filter({ hasText: words }).waitFor();

Deno.test("translated pages", BROWSER, async (t) => {
  await using rigs = await openRigs({ mode: "wasm" });
  await using rig = await rigs.open();
  const viewer = rig.viewer.page;
  const { page: phone } = await rig.join();
  await waitForVideo(viewer);
  await privacyOf(phone, /stay between the two devices/);
  await viewer.evaluate(translate);
  await phone.evaluate(translate);
  assert.ok(await viewer.locator("font").count() > 50, "translated");

  await t.step("where frames go is said on both", async () => {
    await chooseMode(viewer, "off");
    await privacyOf(viewer, /is only shown/);
    await privacyOf(phone, /which only shows them/);
    await chooseMode(viewer, "wasm");
    await privacyOf(viewer, /looks for objects/);
    await privacyOf(phone, /stay between the two devices/);
  });

  await t.step("figures, states and buttons change", async () => {
    await viewer.getByTestId("figures").filter({ hasText: /inference\s*\d+ ms/ }).waitFor();
    await phone.getByRole("button", { name: "Pause" }).click();
    await phone.getByText("Connected. The camera is paused.").waitFor();
    await waitForState(viewer, /The camera is paused/);
    await viewer.getByRole("button", { name: "Resume" }).click();
    await phone.getByText("Live on the computer.").waitFor();
    await waitForState(viewer, /^1 phone connected$/);
    await viewer.getByRole("button", { name: "Record", exact: true }).click();
    await viewer.getByTestId("recording-state").filter({ hasText: /^0:02/ }).waitFor();
    await viewer.getByRole("button", { name: "Stop recording" }).click();
    await viewer.getByRole("button", { name: "Save video" }).waitFor();
  });

  await t.step("a phone that leaves is gone", async () => {
    await phone.getByRole("button", { name: "Stop", exact: true }).click();
    await phone.getByText("this phone has left the room").waitFor();
    await waitForState(viewer, /^Waiting for a phone$/);
    await viewer.getByTestId("qr").locator("svg").waitFor();
    assert.deepEqual(rig.viewer.errors, []);
  });
});
