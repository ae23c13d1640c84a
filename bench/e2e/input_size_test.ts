// @all: client/inference has tests of its own
/** The model's input follows the picture's shape, and its size what a person or a measurement says. Takes about 30 s. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { BROWSER, openBrowser } from "../browser.ts";
import { joinByQr } from "../people.ts";
import { startServer } from "../server.ts";
import { cameraAt, turnCamera } from "../turnable_camera.ts";

const waitForSize = (viewer: Page, size: string) =>
  viewer.getByTestId("input-size").filter({ hasText: size }).waitFor({ timeout: 30_000 });

const chooseSize = (viewer: Page, size: string) =>
  viewer.getByLabel("Input size", { exact: true }).selectOption(size);

for (const mode of ["wasm", "server"] as const) {
  Deno.test(
    `${mode}: the input turns with the phone, and has the size that is chosen`,
    BROWSER,
    async () => {
      await using server = await startServer({ flags: ["--mode", mode] });
      await using viewer = await openBrowser({ role: "viewer" });
      // So few that the largest size keeps up also on a computer that does much else.
      await using phone = await openBrowser({ role: "phone", initScript: cameraAt(5) });
      const { page } = viewer;
      await page.goto(`${server.httpUrl}/?size=384x288`);
      await joinByQr(phone.page, page);
      if (mode === "server") {
        await page.getByRole("button", { name: "Send frames to the server" }).click();
      }
      await waitForSize(page, "384×288");

      // A detector that is loaded or connected anew says so in between.
      await page.evaluate(() => {
        const slot = document.querySelector(".detector-slot")!;
        const seen = new Set<string>();
        Object.assign(globalThis, { seenStates: seen });
        new MutationObserver(() => {
          const text = slot.textContent ?? "";
          for (const word of ["Loading", "Starting", "Connecting"]) {
            if (text.includes(word)) seen.add(word);
          }
        }).observe(slot, { subtree: true, childList: true, characterData: true });
      });
      await turnCamera(phone.page, 480, 640);
      await waitForSize(page, "288×384");
      await turnCamera(phone.page, 480, 480);
      await waitForSize(page, "352×352");
      await turnCamera(phone.page, 640, 480);
      await waitForSize(page, "384×288");
      await chooseSize(page, "320x256");
      await waitForSize(page, "320×256");
      assert.match(await page.getByTestId("input-size").innerText(), /^320×256, \d+ ms$/);
      const states = await page.evaluate(() => [
        ...(globalThis as unknown as { seenStates: Set<string> }).seenStates,
      ]);
      assert.deepEqual(states, [], "nothing is loaded for another size");
      assert.deepEqual([...viewer.errors, ...phone.errors], []);
    },
  );
}
