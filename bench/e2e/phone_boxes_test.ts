/**
 * What the phone's own screen shows of what the viewer found, judged by its pixels.
 *
 * Takes about 7 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER } from "../browser.ts";
import { clipFrame } from "../clip.ts";
import { personClip } from "../fixtures.ts";
import { iou } from "../picture.ts";
import { openScene } from "../scene.ts";
import { type SeenStage, waitForStage } from "../stage.ts";

/** The person walks slowly; boxes come over the network and are some frames old. */
const MIN_IOU = 0.5;

const WAIT_MS = 40_000;

Deno.test(
  "the phone shows what was found over its own picture, and can be told not to",
  BROWSER,
  async () => {
    await using scene = await openScene();
    const spec = await personClip();
    const { page } = scene.phone;
    const isOnPerson = ({ frame, boxes }: SeenStage) => {
      if (frame === undefined) return false;
      const { objectXyxy } = clipFrame(spec, frame);
      return boxes.some((box) => iou(box, objectXyxy) >= MIN_IOU);
    };
    await waitForStage(page, isOnPerson, { what: "a box on the person", timeoutMs: WAIT_MS });

    const button = page.getByRole("button", { name: "Show detections" });
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    await button.click();
    const isBare = ({ frame, boxes }: SeenStage) => frame !== undefined && boxes.length === 0;
    await waitForStage(page, isBare, { what: "a picture without boxes", timeoutMs: WAIT_MS });
    await button.click();
    await waitForStage(page, isOnPerson, { what: "boxes again", timeoutMs: WAIT_MS });

    // Without the viewer nobody looks at the picture any more.
    await scene.viewer.page.goto("about:blank");
    await waitForStage(page, isBare, { what: "a picture without boxes", timeoutMs: WAIT_MS });
    assert.deepEqual(scene.phone.errors, []);
  },
);
