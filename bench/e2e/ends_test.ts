// @all: rare states of the pages
/**
 * What the two pages say when a picture ends, and that they say the same.
 *
 * Takes about 30 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER } from "../browser.ts";
import { keepConnections } from "../page_connections.ts";
import { waitForState } from "../people.ts";
import { openRigs } from "../rig.ts";
import { waitForBareFrame, waitForBox } from "../stage.ts";

/** What the system does to the camera of the phone's page. */
function toCamera(phone: Page, what: "mute" | "unmute" | "end"): Promise<void> {
  return phone.evaluate((what) => {
    const video = document.querySelector<HTMLVideoElement>(".phone-preview video")!;
    const track = (video.srcObject as MediaStream).getVideoTracks()[0]!;
    if (what === "end") track.stop();
    else Object.defineProperty(track, "muted", { configurable: true, value: what === "mute" });
    track.dispatchEvent(new Event(what === "end" ? "ended" : what));
  }, what);
}

/** Both pages say it, and neither is green. */
async function waitForWords(viewer: Page, phone: Page, words: string): Promise<void> {
  await waitForState(viewer, RegExp(`^1 phone connected\\. ${words}$`));
  await viewer.locator(".stage-note").filter({ hasText: words }).waitFor();
  await phone.getByText(`Connected. ${words}`, { exact: true }).waitFor();
  assert.match(await viewer.getByTestId("state").getAttribute("class") ?? "", /\bwait\b/);
  assert.match(await phone.locator(".phone-status").getAttribute("class") ?? "", /\bwait\b/);
}

Deno.test("ends of a picture", BROWSER, async (t) => {
  await using rigs = await openRigs();
  await using rig = await rigs.open({ initScript: keepConnections });
  const viewer = rig.viewer.page;
  const { page: phone } = await rig.join();
  const isLive = async () => {
    await waitForState(viewer, /^1 phone connected$/);
    await phone.getByText("Live on the computer.").waitFor();
    await waitForBox(viewer);
  };

  await t.step("a camera that the system suspends is told, and comes back", async () => {
    await isLive();
    await viewer.getByTestId("load").waitFor();
    await toCamera(phone, "mute");
    await waitForWords(viewer, phone, "The phone has suspended the camera.");
    await viewer.getByTestId("load").waitFor({ state: "detached" });
    await toCamera(phone, "unmute");
    await isLive();
  });

  await t.step("where no frame comes any more, the boxes go and the state says so", async () => {
    await phone.evaluate(() => {
      for (const connection of globalThis.peerlensConnections!) {
        for (const sender of connection.getSenders()) void sender.replaceTrack(null);
      }
    });
    await waitForState(viewer, /^1 phone connected\. No picture is coming\.$/);
    await waitForBareFrame(viewer, { what: "the last picture without boxes" });
  });

  await t.step("a camera that was taken away is not live on either page", async () => {
    await toCamera(phone, "end");
    await waitForWords(viewer, phone, "The camera stopped.");
    await phone.getByRole("button", { name: "Try again" }).click();
    await isLive();
  });
});
