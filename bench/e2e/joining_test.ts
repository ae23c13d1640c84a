import assert from "node:assert/strict";
import { BROWSER } from "../browser.ts";
import { startCamera, waitForPhones } from "../people.ts";
import { openRigs } from "../rig.ts";
import { waitForVideo } from "../stage.ts";

Deno.test("who joins a room", BROWSER, async (t) => {
  await using rigs = await openRigs();

  await t.step("a second phone joins, and each of the two can be looked at", async () => {
    await using rig = await rigs.open();
    await rig.join();
    await rig.join();
    const phones = rig.viewer.page.getByTestId("phone");
    assert.equal(await phones.count(), 2);
    for (const index of [0, 1]) {
      await phones.nth(index).click();
      await waitForVideo(rig.viewer.page);
    }
  });

  await t.step(
    "a page whose first questions are lost, as the network changes, asks again",
    async () => {
      await using rig = await rigs.open();
      const { page, context } = await rig.open({ role: "viewer" });
      await context.route("**/api/config", (route) => route.abort("internetdisconnected"), {
        times: 3,
      });
      await page.goto(rig.server.httpUrl);
      await page.getByRole("alert").getByText("Cannot reach the server").waitFor();
      await page.getByTestId("qr").locator("svg").waitFor();
      assert.equal(await page.getByRole("alert").count(), 0);
    },
  );

  await t.step("links that do not open a room", async (t) => {
    await using rig = await rigs.open();

    await t.step("a phone with a wrong token is told so and does not get in", async () => {
      const url = new URL(rig.joinUrl);
      // The same length and alphabet, so that only the comparison can refuse it.
      url.hash = `#${[...url.hash.slice(1)].map((char) => char === "A" ? "B" : "A").join("")}`;
      await using phone = await rig.open({ role: "phone" });
      await phone.page.goto(url.href);
      await phone.page.getByText("This link does not open the room").first().waitFor();
      assert.match(await rig.viewer.page.getByTestId("state").innerText(), /^Waiting for a phone/);
      assert.equal(await rig.viewer.page.getByTestId("phone").count(), 0);
    });

    await t.step("a link without its token is called incomplete", async () => {
      const url = new URL(rig.joinUrl);
      url.hash = "";
      const phone = await rig.open({ role: "phone" });
      await phone.page.goto(url.href);
      const alert = phone.page.getByRole("alert");
      await alert.waitFor();
      assert.match(await alert.innerText(), /incomplete/);
    });
  });

  await t.step("a phone joins by a code that a person types", async () => {
    await using rig = await rigs.open();
    await rig.viewer.page.getByRole("button", { name: "Show a code to type" }).click();
    const shown = await rig.viewer.page.getByTestId("typed-code").innerText();
    const code = /\/j\/(\w+)/.exec(shown)?.[1];
    assert(code, `no code in: ${shown}`);
    const phone = await rig.open({ role: "phone" });
    await phone.page.goto(`${rig.server.httpsUrl}/j`);
    await phone.page.getByLabel("Code").fill(code.toLowerCase());
    await phone.page.getByRole("button", { name: "Join" }).click();
    await startCamera(phone.page);
    await waitForPhones(rig.viewer.page, 1);
    await waitForVideo(rig.viewer.page);
  });

  await t.step("whom the owner sends away is told so, and does not come back", async () => {
    await using rig = await rigs.open();
    const { page } = rig.viewer;
    const url = await page.getByRole("link", { name: "View-only link" }).getAttribute("href");
    const phone = await rig.join();
    const guest = await rig.open({ role: "viewer" });
    await guest.page.goto(url!);
    await waitForVideo(guest.page);
    assert.equal(await guest.page.getByTestId("send-away").count(), 0);
    for (const [name, { page: theirs }] of [["viewer 1", guest], ["Phone 1", phone]] as const) {
      const button = page.getByTestId("send-away").filter({ hasText: name });
      await button.click();
      await button.filter({ hasText: "for good" }).click();
      const words = theirs.getByText("sent this device away").first();
      await words.waitFor();
      await button.waitFor({ state: "detached" });
      await theirs.reload();
      await words.waitFor();
    }
    await page.getByTestId("state").filter({ hasText: /^Waiting for a phone/ }).waitFor();
    assert.equal(await page.getByTestId("send-away").count(), 0);
  });
});
