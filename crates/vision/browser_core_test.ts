/** The core that browsers load: the same glue, all of the frame path, and no JPEG. */
import assert from "node:assert/strict";
import { initVision, Vision, type VisionSpec } from "./mod.ts";

const BOXES = 84;
const SPEC: VisionSpec = {
  input: {
    widthPx: 64,
    heightPx: 64,
    placement: "center",
    pad: 114,
    order: "rgb",
    mean: [0, 0, 0],
    std: [255, 255, 255],
  },
  head: { kind: "yolov8", classes: 1, strides: [], boxes: BOXES },
};

await initVision(await Deno.readFile(new URL("pkg/vision_browser_bg.wasm", import.meta.url)));

Deno.test("the browser's core letterboxes, decodes and thins boxes out", () => {
  const vision = new Vision(SPEC);
  const planes = [{ offset: 0, stride: 32 }];
  const size = { widthPx: 8, heightPx: 8 };
  vision.frameBuffer(256).fill(255);
  const tensor = vision.letterbox({
    ...size,
    format: "RGBA",
    planes,
    matrix: "bt601",
    range: "full",
  });
  assert.ok(tensor.every((value) => Math.abs(value - 1) < 1e-6));

  // Rows of the head: centre, size, score. Two boxes of one object, and one apart.
  const head = new Float32Array(5 * BOXES);
  [[16, 16, 16, 16, 0.9], [17, 16, 16, 16, 0.8], [48, 48, 16, 16, 0.7]].forEach((box, at) =>
    box.forEach((value, row) => head[row * BOXES + at] = value)
  );
  vision.writeHead([head]);
  const found = vision.detect({ scoreThreshold: 0.5, iouThreshold: 0.5 });
  assert.deepEqual(found.map(({ box }) => box), [
    { xmin: 0.125, ymin: 0.125, xmax: 0.375, ymax: 0.375 },
    { xmin: 0.625, ymin: 0.625, xmax: 0.875, ymax: 0.875 },
  ]);
  vision.free();
});

Deno.test("the browser's core refuses JPEG by name", () => {
  const vision = new Vision(SPEC);
  assert.throws(() => vision.jpegBuffer(100), { code: "jpeg-unsupported" });
  assert.throws(() => vision.readJpeg(), { code: "jpeg-unsupported" });
  vision.free();
});
