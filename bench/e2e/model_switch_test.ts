/** Models are listed and changed while the video plays, in the browser and on the server. */
import assert from "node:assert/strict";
import type { ClientConfig } from "@/protocol";
import { browserTest } from "../browser_case.ts";
import { openBrowser } from "../browser.ts";
import { ASSETS, clipFile, MODELS, personClip } from "../fixtures.ts";
import {
  chooseModel,
  exportMetrics,
  joinWithPhone,
  resetMetrics,
  scanQr,
  waitForPhones,
} from "../people.ts";
import { waitForPerson } from "../person_stage.ts";
import { startServer } from "../server.ts";

/** Three heads, and so three ways of reading boxes. */
const CHOICES = ["nanodet-plus-m-416", "yolox-nano", "nanodet-m"];

browserTest(
  "the viewer lists the models that are here, the best first, and changes them live in both modes",
  async () => {
    const spec = await personClip();
    await using clip = await clipFile(spec);
    await using server = await startServer({
      flags: ["--mode", "server"],
      env: { PEERLENS_MODELS: MODELS! },
    });
    await using viewer = await openBrowser({ role: "viewer" });
    await using phone = await openBrowser({ role: "phone", clip: clip.path });
    const { page } = viewer;
    await page.goto(server.httpUrl);
    await joinWithPhone(phone.page, await scanQr(page));
    await waitForPhones(page, 1);
    await page.getByRole("button", { name: "Send frames to the server" }).click();

    const { models }: ClientConfig = await (await fetch(`${server.httpUrl}/api/config`)).json();
    const select = page.getByRole("combobox", { name: "Model" });
    assert.deepEqual(
      await select.getByRole("option").allInnerTexts(),
      models.map(({ title }) => title),
    );
    assert.equal(await select.inputValue(), models[0]!.id);

    for (const mode of ["server", "wasm"]) {
      await page.getByLabel("Mode", { exact: true }).selectOption(mode);
      for (const id of CHOICES) {
        const title = models.find((model) => model.id === id)!.title;
        await chooseModel(page, RegExp(`^${title}$`));
        await waitForPerson(page, spec, {
          what: `a box of ${id} on the person in ${mode} mode`,
          timeoutMs: 90_000,
        });
        await resetMetrics(page);
        await page.waitForTimeout(1_500);
        const metrics = await exportMetrics(page);
        assert.deepEqual([metrics.mode, metrics.model], [mode, id]);
        assert.ok(metrics.frames.processed > 0, `${id} processed nothing in ${mode} mode`);
      }
    }
    assert.deepEqual([...viewer.errors, ...phone.errors], []);
  },
  { ignore: !ASSETS || !MODELS },
);
