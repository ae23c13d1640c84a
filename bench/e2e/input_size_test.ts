/** The model's input follows the picture's shape, and its size what a person or a measurement says. 45 s. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { limitCpu } from "../cpu_limit.ts";
import { BROWSER, openBrowser, renderersOf, scriptOf } from "../browser.ts";
import { joinWithPhone, scanQr, waitForPhones } from "../people.ts";
import { startServer } from "../server.ts";

/** What the script below puts into the phone's page. */
interface TurnableCamera {
  turnCamera(widthPx: number, heightPx: number): void;
}

/** A phone's camera whose picture can be turned, as when the phone is; a fake one has one size for good. */
function turnableCamera({ fps }: { fps: number }): void {
  if (!navigator.mediaDevices) return;
  const getCamera = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    // The real one is asked for first, so that the page has the rights of one that has a camera.
    for (const track of (await getCamera(constraints)).getTracks()) track.stop();
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d")!;
    const turn = (widthPx: number, heightPx: number) => {
      canvas.width = widthPx;
      canvas.height = heightPx;
    };
    turn(640, 480);
    Object.assign(globalThis, { turnCamera: turn });
    const stream = canvas.captureStream(fps);
    setInterval(() => {
      context.fillStyle = `hsl(${performance.now() / 10 % 360} 50% 50%)`;
      context.fillRect(0, 0, canvas.width, canvas.height);
    }, 1000 / fps);
    return stream;
  };
}

const cameraAt = (fps: number) => scriptOf(turnableCamera, { fps });

const turnCamera = (phone: Page, widthPx: number, heightPx: number) =>
  phone.evaluate(
    ([width, height]) => (globalThis as unknown as TurnableCamera).turnCamera(width!, height!),
    [widthPx, heightPx],
  );

const waitForSize = (viewer: Page, size: string) =>
  viewer.getByTestId("input-size").filter({ hasText: size }).waitFor({ timeout: 30_000 });

const chooseSize = (viewer: Page, size: string) =>
  viewer.getByLabel("Input size", { exact: true }).selectOption(size);

for (const mode of ["wasm", "server"] as const) {
  Deno.test(
    `${mode}: the input turns with the phone, and has the size that is chosen`,
    BROWSER,
    async () => {
      await using server = await startServer({
        flags: ["--mode", mode],
        env: { PEERLENS_MODELS: "" },
      });
      await using viewer = await openBrowser({ role: "viewer" });
      // So few that the largest size keeps up also on a computer that does much else.
      await using phone = await openBrowser({ role: "phone", initScript: cameraAt(5) });
      const { page } = viewer;
      await page.goto(`${server.httpUrl}/?size=384x288`);
      await joinWithPhone(phone.page, await scanQr(page));
      await waitForPhones(page, 1);
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

Deno.test(
  "the size is the largest that keeps up: a slower computer gets a smaller one",
  BROWSER,
  async () => {
    await using server = await startServer({
      flags: ["--mode", "wasm"],
      env: { PEERLENS_MODELS: "" },
    });
    await using viewer = await openBrowser({ role: "viewer" });
    await using phone = await openBrowser({ role: "phone", initScript: cameraAt(15) });
    const { page } = viewer;
    await page.goto(server.httpUrl);
    await joinWithPhone(phone.page, await scanQr(page));
    await waitForPhones(page, 1);
    await waitForSize(page, "416×320");
    await using limit = limitCpu(await renderersOf(viewer));
    limit.set(0.1);
    await waitForSize(page, "320×256");
  },
);
