/** The server's arithmetic and the browser's: one picture, decoded once, through both. */
import assert from "node:assert/strict";
import jpeg from "jpeg-js";
import ort from "onnxruntime-node";
import { initVision } from "@/vision";
import { loadCatalog } from "../../models/catalog.ts";
import { openBrowser } from "../browser.ts";
import { browserTest } from "../browser_case.ts";
import { MODELS } from "../fixtures.ts";
import { servePage } from "../page_server.ts";
import { detectOnce, type ParityAnswer, type ParityTask } from "../parity/detect_once.ts";

/** Two runtimes may differ in the last bits of a sum, and no more. */
const MAX_DIFFERENCE = 1e-4;

const PICTURE = new URL("../../models/pictures/coffee.jpg", import.meta.url);
const EMBEDDED = "nanodet-m";

for (const modelId of [EMBEDDED, "yolox-nano"]) {
  browserTest(
    `${modelId}: Deno and Chromium make the same tensor, bit by bit, and the same boxes`,
    async () => {
      const { present } = await loadCatalog(MODELS?.split(":") ?? []);
      const { entry, path } = present.find(({ entry }) => entry.id === modelId)!;
      const { width, height, data } = jpeg.decode(
        await Deno.readFile(PICTURE),
        { useTArray: true },
      );
      const task: ParityTask = {
        spec: { input: entry.input, head: entry.head },
        widthPx: width,
        heightPx: height,
        scoreThreshold: 0.2,
        iouThreshold: 0.45,
      };

      await initVision();
      const session = await ort.InferenceSession.create(path);
      const onServer = await detectOnce(task, data, async (tensor, dims) => {
        const outputs = await session.run({
          [entry.input.name]: new ort.Tensor("float32", tensor, dims),
        });
        return [outputs[entry.head.outputs[0]!]!.data as Float32Array];
      });

      await using server = await servePage(new URL("../parity/page.ts", import.meta.url), {
        "/model.onnx": path,
      });
      await using browser = await openBrowser({ role: "viewer" });
      await browser.page.goto(server.origin);
      const inBrowser = await browser.page.evaluate(
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
    },
    { ignore: modelId !== EMBEDDED && !MODELS },
  );
}
