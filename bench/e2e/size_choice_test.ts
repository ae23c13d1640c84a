// @all: waits for a measurement
// @alone: limits the CPU
import { BROWSER, openBrowser, renderersOf } from "../browser.ts";
import { limitCpu } from "../cpu_limit.ts";
import { joinByQr } from "../people.ts";
import type { Page } from "playwright-core";
import { startServer } from "../server.ts";
import { cameraAt } from "../turnable_camera.ts";

const waitForSize = (viewer: Page, size: string) =>
  viewer.getByTestId("input-size").filter({ hasText: size }).waitFor({ timeout: 30_000 });

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
    await joinByQr(phone.page, page);
    await waitForSize(page, "416×320");
    await using limit = limitCpu(await renderersOf(viewer));
    limit.set(0.1);
    await waitForSize(page, "320×256");
  },
);
