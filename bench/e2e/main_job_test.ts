// @covers: Chromium: viewer wasm, phone directly
/**
 * The main job, as two people see it: boxes and labels come from pixels and from the words read out.
 *
 * Takes about 10 s on two busy cores.
 */
import assert from "node:assert/strict";
import { BROWSER } from "../browser.ts";
import { clipFrame } from "../clip.ts";
import { chooseModel } from "../people.ts";
import { iou } from "../picture.ts";
import { setUpRig } from "../rig.ts";
import { readDetections, type SeenStage, waitForStage } from "../stage.ts";

/** Looks at the stage this often; each look counts. */
const LOOKS = 7;

/** Least median IoU of the drawn box with where the person is in that very frame. */
const MEDIAN_IOU = 0.8;

/** From here on a box counts as being on its object. */
const LEAST_IOU = 0.5;

Deno.test(
  "a phone joins by QR and the embedded model boxes the person in its video",
  BROWSER,
  async () => {
    await using rig = await setUpRig({ isFirstVisit: true });
    const { server, viewer, spec } = rig;
    assert.equal(new URL(rig.joinUrl).origin, server.httpsUrl);
    const phone = await rig.join();
    await chooseModel(viewer.page, /^NanoDet-m/);

    const iouOf = ({ frame, boxes }: SeenStage) => {
      const truth = clipFrame(spec, frame ?? 0).objectXyxy;
      return frame === undefined ? 0 : Math.max(0, ...boxes.map((box) => iou(box, truth)));
    };
    await waitForStage(viewer.page, (stage) => iouOf(stage) >= LEAST_IOU, {
      what: "a box on the person",
      timeoutMs: 60_000,
    });
    const ious: number[] = [];
    for (let look = 0; look < LOOKS; look++) {
      const stage = await waitForStage(viewer.page, ({ frame }) => frame !== undefined, {
        what: "a frame of the clip",
        timeoutMs: 10_000,
      });
      ious.push(iouOf(stage));
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    ious.sort((a, b) => a - b);
    const seen = `IoU in ${LOOKS} looks: ${ious.map((value) => value.toFixed(2)).join(", ")}`;
    assert((ious[0] ?? 0) >= LEAST_IOU, seen);
    assert((ious[LOOKS >> 1] ?? 0) >= MEDIAN_IOU, seen);

    const rows = await readDetections(viewer.page);
    assert.match(rows[0] ?? "", /^person \d+ %$/);

    const own = new Set([new URL(server.httpUrl).host, new URL(server.httpsUrl).host]);
    const strangers = [...viewer.hosts, ...phone.hosts].filter((host) => !own.has(host));
    assert.deepEqual(strangers, [], "a page asked a third party for something");
    assert.deepEqual([...viewer.errors, ...phone.errors], []);
  },
);
