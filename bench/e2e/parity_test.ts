/** The server's arithmetic and the browser's: one picture, decoded once, through both. */
import assert from "node:assert/strict";
import jpeg from "jpeg-js";
import ort from "onnxruntime-node";
import type { ModelEntry } from "@/protocol";
import { type Detection, initVision } from "@/vision";
import type { Page } from "playwright-core";
import { loadCatalog } from "../../models/catalog.ts";
import { BOX, INPUT, testHeads } from "../../models/testing/heads.ts";
import { buildOnnx } from "../../models/testing/onnx_builder.ts";
import { BROWSER, openBrowser } from "../browser.ts";
import { servePage } from "../page_server.ts";
import { detectOnce, type ParityAnswer, type ParityTask } from "../parity/detect_once.ts";

/** Two runtimes may differ in the last bits of a sum, and no more. */
const MAX_DIFFERENCE = 1e-4;

const PICTURE = new URL("../../models/pictures/coffee.jpg", import.meta.url);
const EMBEDDED = "nanodet-m";

/** A picture, row-major, 4 bytes a pixel. */
interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** What one picture gives on the server and in the browser, which must be the same. */
async function compare(
  page: Page,
  { input, head }: Pick<ModelEntry, "input" | "head">,
  { path, picture }: { readonly path: string; readonly picture: Rgba },
): Promise<readonly Detection[]> {
  const { width, height, data } = picture;
  const task: ParityTask = {
    spec: { input, head },
    widthPx: width,
    heightPx: height,
    scoreThreshold: 0.2,
    iouThreshold: 0.45,
  };

  await initVision();
  const session = await ort.InferenceSession.create(path);
  const onServer = await detectOnce(task, data, async (tensor, dims) => {
    const outputs = await session.run({ [input.name]: new ort.Tensor("float32", tensor, dims) });
    return head.outputs.map((name) => outputs[name]!);
  });

  await using server = await servePage(new URL("../parity/page.ts", import.meta.url), {
    "/model.onnx": path,
  });
  await page.goto(server.origin);
  const inBrowser = await page.evaluate(
    ({ task, rgba }) =>
      (globalThis as unknown as {
        runParity(task: ParityTask, rgba: string): Promise<ParityAnswer>;
      }).runParity(task, rgba),
    { task, rgba: data.toBase64() },
  );

  assert.equal(inBrowser.tensorSha256, onServer.tensorSha256);
  assert.ok(onServer.detections.length > 0);
  assert.equal(inBrowser.detections.length, onServer.detections.length);
  for (const [index, one] of onServer.detections.entries()) {
    const other = inBrowser.detections[index]!;
    assert.equal(other.classId, one.classId);
    for (const side of ["xmin", "ymin", "xmax", "ymax"] as const) {
      assert.ok(Math.abs(other.box[side] - one.box[side]) <= MAX_DIFFERENCE, side);
    }
    assert.ok(Math.abs(other.score - one.score) <= MAX_DIFFERENCE, "score");
  }
  return onServer.detections;
}

/** Heads of several tensors, of rows that vary, and of whole numbers: of models made for the test. */
const MADE: readonly [name: string, head: Omit<ModelEntry["head"], "classes" | "strides">][] = [
  ["hugging face's detr", {
    kind: "detr",
    outputs: ["pred_boxes", "logits"],
    boxes: 100,
    activation: "softmax",
    columns: 4,
  }],
  ["end-to-end of rows that vary", { kind: "end-to-end", outputs: ["output"], boxes: 1000 }],
  ["mmdeploy", { kind: "mmdeploy", outputs: ["dets", "labels"], boxes: 100 }],
];

Deno.test("Deno and Chromium find the same boxes", BROWSER, async (t) => {
  await using browser = await openBrowser({ role: "viewer" });
  const { page } = browser;
  await t.step("of the embedded model, from the same tensor, bit by bit", async () => {
    const { present } = await loadCatalog([]);
    const { entry, path } = present.find(({ entry }) => entry.id === EMBEDDED)!;
    const picture = jpeg.decode(await Deno.readFile(PICTURE), { useTArray: true });
    await compare(page, entry, { path, picture });
  });

  for (const [name, head] of MADE) {
    await t.step(`of a model as ${name}`, async () => {
      const { widthPx, heightPx } = INPUT;
      const { file } = testHeads().find((one) => one.name === name)!;
      const path = await Deno.makeTempFile({ suffix: ".onnx" });
      try {
        await Deno.writeFile(path, buildOnnx({ input: [1, 3, heightPx, widthPx], ...file }));
        const entry: Pick<ModelEntry, "input" | "head"> = {
          input: {
            name: "images",
            layout: "nchw",
            widthPx,
            heightPx,
            placement: "stretch",
            pad: 0,
            order: "rgb",
            mean: [0, 0, 0],
            std: [255, 255, 255],
          },
          head: { ...head, classes: 3, strides: [] },
        };
        const data = new Uint8Array(widthPx * heightPx * 4).fill(200);
        const [one, ...others] = await compare(page, entry, {
          path,
          picture: { width: widthPx, height: heightPx, data },
        });
        assert.equal(others.length, 0);
        assert.equal(one!.classId, 2);
        assert.ok(Math.abs(one!.score - BOX.score) < 1e-3);
        assert.ok(Math.abs(one!.box.xmin - BOX.xyxy[0] / widthPx) < 1e-4);
      } finally {
        await Deno.remove(path);
      }
    });
  }
});
