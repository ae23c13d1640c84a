/**
 * What the phone's own screen shows of what the viewer found, judged by its pixels.
 *
 * Takes about 7 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER } from "../browser.ts";
import { waitForPerson } from "../person_stage.ts";
import { setUpRig } from "../rig.ts";
import { waitForBareFrame } from "../stage.ts";

Deno.test(
  "the phone shows what was found over its own picture, and can be told not to",
  BROWSER,
  async () => {
    await using rig = await setUpRig();
    const { page, errors } = await rig.join();
    await waitForPerson(page);

    const button = page.getByRole("button", { name: "Show detections" });
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    await button.click();
    await waitForBareFrame(page);
    await button.click();
    await waitForPerson(page);

    // Without the viewer nobody looks at the picture any more.
    await rig.viewer.page.goto("about:blank");
    await waitForBareFrame(page, { timeoutMs: 40_000 });
    assert.deepEqual(errors, []);
  },
);
