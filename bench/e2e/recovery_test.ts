// Takes about 40 s on two busy cores.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER } from "../browser.ts";
import { joinWithPhone, startCamera, waitForPhones, waitForState } from "../people.ts";
import { openRigs, type Rig } from "../rig.ts";
import { waitForBox, waitForVideo } from "../stage.ts";

/** Whatever is lost comes back without a person, but for the tap that a reloaded camera needs. */

const AWAY = /The server is unreachable/;

async function waitForDetection(page: Page): Promise<void> {
  await waitForVideo(page);
  await waitForBox(page);
}

/** The link that was handed out leads into the room: another phone joins by it, and leaves again. */
async function joinAndLeave(rig: Rig): Promise<void> {
  await using phone = await rig.open({ role: "phone" });
  await joinWithPhone(phone.page, rig.joinUrl);
  await waitForPhones(rig.viewer.page, 2);
  await phone.page.getByRole("button", { name: "Stop", exact: true }).click();
  await waitForPhones(rig.viewer.page, 1);
}

Deno.test("what is lost comes back", BROWSER, async (t) => {
  await using rigs = await openRigs({ cuttable: true });

  await t.step("in one room", async (t) => {
    await using rig = await rigs.open();
    const { page } = rig.viewer;
    const phone = await rig.join();

    await t.step("a reloaded phone takes its own place again", async () => {
      await phone.page.reload();
      await startCamera(phone.page);
      await waitForPhones(page, 1);
      await waitForDetection(page);
      assert.equal(await page.getByTestId("phone").count(), 1);
    });

    await t.step("a reloaded viewer comes back to its room and its phone", async () => {
      await page.reload();
      await waitForPhones(page, 1);
      await waitForDetection(page);
      await joinAndLeave(rig);
    });

    await t.step("lost sockets are taken up again while the video goes on", async () => {
      rig.proxy!.cut();
      try {
        await waitForState(page, AWAY);
        await waitForDetection(page);
      } finally {
        rig.proxy!.mend();
      }
      await waitForPhones(page, 1);
      await joinAndLeave(rig);
    });

    await t.step(
      "the server restarts: video goes on meanwhile, and the room is there again",
      async () => {
        await rig.server.stop();
        await waitForState(page, AWAY);
        await waitForDetection(page);
        await rig.server.start();
        await waitForPhones(page, 1);
        await waitForDetection(page);
        // Only a server that knows the room again, with its old tokens, lets another phone in.
        await joinAndLeave(rig);
      },
    );
  });
});
