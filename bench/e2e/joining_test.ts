// Takes about 40 s on two busy cores.
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

  await t.step("in one room", async (t) => {
    await using rig = await rigs.open();
    const { page } = rig.viewer;

    await t.step(
      "a page whose first questions are lost, as the network changes, asks again",
      async () => {
        await using viewer = await rig.open({ role: "viewer" });
        await viewer.context.route(
          "**/api/config",
          (route) => route.abort("internetdisconnected"),
          { times: 3 },
        );
        await viewer.page.goto(rig.server.httpUrl);
        await viewer.page.getByRole("alert").getByText("Cannot reach the server").waitFor();
        await viewer.page.getByTestId("qr").locator("svg").waitFor();
        assert.equal(await viewer.page.getByRole("alert").count(), 0);
      },
    );

    await t.step("a phone with a wrong token is told so and does not get in", async () => {
      const url = new URL(rig.joinUrl);
      // The same length and alphabet, so that only the comparison can refuse it.
      url.hash = `#${[...url.hash.slice(1)].map((char) => char === "A" ? "B" : "A").join("")}`;
      await using phone = await rig.open({ role: "phone" });
      await phone.page.goto(url.href);
      await phone.page.getByText("This link does not open the room").first().waitFor();
      assert.match(await page.getByTestId("state").innerText(), /^Waiting for a phone/);
      assert.equal(await page.getByTestId("phone").count(), 0);
    });

    await t.step("a link without its token is called incomplete", async () => {
      const url = new URL(rig.joinUrl);
      url.hash = "";
      await using phone = await rig.open({ role: "phone" });
      await phone.page.goto(url.href);
      const alert = phone.page.getByRole("alert");
      await alert.waitFor();
      assert.match(await alert.innerText(), /incomplete/);
    });

    const phone = await rig.open({ role: "phone" });
    await t.step("a phone joins by a code that a person types", async () => {
      await page.getByRole("button", { name: "Show a code to type" }).click();
      const shown = await page.getByTestId("typed-code").innerText();
      const code = /\/j\/(\w+)/.exec(shown)?.[1];
      assert(code, `no code in: ${shown}`);
      await phone.page.goto(`${rig.server.httpsUrl}/j`);
      await phone.page.getByLabel("Code").fill(code.toLowerCase());
      await phone.page.getByRole("button", { name: "Join" }).click();
      await startCamera(phone.page);
      await waitForPhones(page, 1);
      await waitForVideo(page);
    });

    await t.step("whom the owner sends away is told so, and does not come back", async () => {
      const url = await page.getByRole("link", { name: "View-only link" }).getAttribute("href");
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
});
