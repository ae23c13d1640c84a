import assert from "node:assert/strict";
import { openBrowser } from "../browser.ts";
import { clipFrame } from "../clip.ts";
import { ASSETS, clipFile, MODELS, personClip } from "../fixtures.ts";
import { chooseModel, joinWithPhone, scanQr, waitForPhones } from "../people.ts";
import { iou } from "../picture.ts";
import { startServer } from "../server.ts";
import { readDetections, type SeenStage, waitForStage } from "../stage.ts";

/** The main job, as two people see it: boxes and labels come from pixels and from the words read out. */

/** Looks at the stage this often; each look counts. */
const LOOKS = 6;

interface Expectation {
  readonly env: Record<string, string>;
  /** Part of the model's title. */
  readonly model: RegExp;
  /** Least IoU of the drawn box with where the person is in that very frame. */
  readonly iou: number;
  /** Looks that may miss; a small model is not sure of every frame. */
  readonly misses: number;
}

async function boxesAppear(expected: Expectation): Promise<void> {
  const spec = await personClip();
  await using clip = await clipFile(spec);
  await using server = await startServer({ env: expected.env });
  await using viewer = await openBrowser({ role: "viewer" });
  await using phone = await openBrowser({ role: "phone", clip: clip.path });

  await viewer.page.goto(server.httpUrl);
  const url = await scanQr(viewer.page);
  assert.equal(new URL(url).origin, server.httpsUrl);
  await joinWithPhone(phone.page, url);
  await waitForPhones(viewer.page, 1);
  await chooseModel(viewer.page, expected.model);

  const found = ({ frame, boxes }: SeenStage) => frame !== undefined && boxes.length > 0;
  await waitForStage(viewer.page, found, { what: "a box on the video", timeoutMs: 60_000 });
  let hits = 0;
  const seen: string[] = [];
  for (let look = 0; look < LOOKS; look++) {
    const stage = await waitForStage(viewer.page, ({ frame }) => frame !== undefined, {
      what: "a frame of the clip",
      timeoutMs: 10_000,
    });
    const truth = clipFrame(spec, stage.frame ?? 0).objectXyxy;
    const best = Math.max(0, ...stage.boxes.map((box) => iou(box, truth)));
    seen.push(`frame ${stage.frame}: ${stage.boxes.length} boxes, IoU ${best.toFixed(2)}`);
    if (best >= expected.iou) hits++;
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  assert(hits >= LOOKS - expected.misses, seen.join("; "));

  const rows = await readDetections(viewer.page);
  assert.match(rows[0] ?? "", /^person \d+ %$/);

  const own = new Set([new URL(server.httpUrl).host, new URL(server.httpsUrl).host]);
  const strangers = [...viewer.hosts, ...phone.hosts].filter((host) => !own.has(host));
  assert.deepEqual(strangers, [], "a page asked a third party for something");
  assert.deepEqual([...viewer.errors, ...phone.errors], []);
}

Deno.test({
  name: "a phone joins by QR and the embedded model boxes the person in its video",
  ignore: !ASSETS,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    boxesAppear({ env: { PEERLENS_MODELS: "" }, model: /^Peerlens nano/, iou: 0.5, misses: 2 }),
});

Deno.test({
  name: "a phone joins by QR and YOLOX-nano boxes the person exactly",
  ignore: !ASSETS || !MODELS,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    boxesAppear({
      env: { PEERLENS_MODELS: MODELS ?? "" },
      model: /YOLOX.nano/i,
      iou: 0.75,
      misses: 0,
    }),
});
