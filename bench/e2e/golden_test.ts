// @all: needs assets
/**
 * The detection Worker of the built app, in a real Chromium, against the detections of an independent
 * implementation (Python, OpenCV, onnxruntime): `$PEERLENS_ASSETS/golden`.
 *
 * Takes about 70 s on two busy cores.
 */
import assert from "node:assert/strict";
import type { ServedModel } from "@/protocol";
import { BuiltWorker } from "../accuracy/built_worker.ts";
import { openBrowser } from "../browser.ts";
import { countCompared, differences, type Golden, type LabelledBox } from "../golden.ts";
import { startServer } from "../server.ts";

const assets = Deno.env.get("PEERLENS_ASSETS");
const models = Deno.env.get("PEERLENS_MODELS");

Deno.test({
  name: "The Worker finds in Chromium what the golden files say, with every head",
  ignore: assets === undefined || models === undefined,
  async fn(t) {
    await using server = await startServer({ models: models! });
    await using browser = await openBrowser({ role: "viewer" });
    const { page } = browser;
    await page.goto(`${server.httpUrl}/healthz`);
    const served = (await (await fetch(`${server.httpUrl}/api/config`)).json()).models;
    let compared = 0;
    for (const model of served as ServedModel[]) {
      const name = model.file.replace(/\.onnx$/, "");
      const path = `${assets}/golden/${GOLDEN[name] ?? name}.json`;
      const golden: Golden | null = await Deno.readTextFile(path).then(JSON.parse, () => null);
      if (golden === null) continue;
      compared += 1;
      await t.step(model.id, async () => {
        await using worker = await BuiltWorker.start(page, model, {
          scoreThreshold: golden.score_threshold,
          iouThreshold: golden.iou_threshold,
          classes: null,
        });
        const different: string[] = [];
        const images = Object.fromEntries(Object.entries(golden.images).filter(isSome));
        for (const [name, expected] of Object.entries(images)) {
          const found = await detect(worker, await findPicture(name), model.labels);
          const lines = differences(found, expected.detections);
          different.push(...lines.map((line) => `${name}: ${line}`));
        }
        const share = different.length / countCompared({ ...golden, images });
        assert.ok(share <= (MAX_DIFFERENT[model.id] ?? 0), different.join("\n"));
      });
    }
    assert.ok(compared >= 7, `only ${compared} models have golden files`);
  },
});

/** Of the pictures: a browser runs them slowly, and the server's tests compare all. */
const isSome = (_: unknown, index: number) => index % EVERY === 0;
const EVERY = 4;

/** Golden detections of the same weights, where the file has none of its own. */
const GOLDEN: Readonly<Record<string, string>> = { "yolov5n-640-fp16": "yolov5n-640" };

/**
 * Share of detections that may differ; one that is another is both missing and surplus. A model with
 * dynamic int8 quantisation takes the scale of its activations from each picture, so a rounding of another
 * runtime build in one layer moves all that follow; the same tensor gives such differences between native
 * and WASM onnxruntime as well.
 */
const MAX_DIFFERENT: Readonly<Record<string, number>> = {
  "yolov8n-640-int8": 0.08,
  // Their golden pictures were stretched to less than half, where a JPEG decoder's choice of chroma
  // filter shows most: near ties fall the other way.
  "nanodet-plus-m-416": 0.08,
  "nanodet-plus-m-1.5x-416": 0.08,
};

async function detect(
  worker: BuiltWorker,
  path: string,
  labels: readonly string[],
): Promise<LabelledBox[]> {
  const found = await worker.detect(await Deno.readFile(path));
  return found.map(({ box, score, classId }) => ({ label: labels[classId]!, score, ...box }));
}

/** Golden names are relative to the assets' folder, or to that of the evaluation pictures. */
async function findPicture(name: string): Promise<string> {
  for (const path of [`${assets}/${name}`, `${assets}/eval/${name}`]) {
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  throw new Error(`Cannot find picture: ${name}`);
}
