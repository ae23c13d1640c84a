import assert from "node:assert/strict";
import { cropAndScale, type GreyPicture, iou, parseYoloLabels, sample } from "./picture.ts";

Deno.test("parseYoloLabels() turns centres and sizes into corners", () => {
  assert.deepEqual(parseYoloLabels("0 0.5 0.5 0.5 0.25\n16 0.25 0.5 0.5 1\n"), [
    { classId: 0, boxXyxy: { xmin: 0.25, ymin: 0.375, xmax: 0.75, ymax: 0.625 } },
    { classId: 16, boxXyxy: { xmin: 0, ymin: 0, xmax: 0.5, ymax: 1 } },
  ]);
});

Deno.test("iou() is 1 for the same box, a third for half an overlap, 0 for none", () => {
  const box = { xmin: 0, ymin: 0, xmax: 0.5, ymax: 0.5 };
  assert.equal(iou(box, box), 1);
  assert.equal(iou(box, { ...box, xmin: 0.25, xmax: 0.75 }), 1 / 3);
  assert.equal(iou(box, { ...box, xmin: 0.5, xmax: 1 }), 0);
});

/** Brighter from left to right by 2 a pixel. */
const ramp: GreyPicture = {
  widthPx: 100,
  heightPx: 50,
  pixels: Uint8Array.from({ length: 5000 }, (_, at) => (at % 100) * 2),
};

Deno.test("sample() is exact between pixels of a ramp and repeats the edge outside", () => {
  assert.equal(sample(ramp, 10.25, 3.5), 20.5);
  assert.equal(sample(ramp, -5, 3), 0);
  assert.equal(sample(ramp, 500, 3), 198);
});

Deno.test("cropAndScale() keeps a ramp a ramp, larger and smaller", () => {
  const half = { xmin: 0.5, ymin: 0, xmax: 1, ymax: 1 };
  const larger = cropAndScale(ramp, half, 100);
  assert.deepEqual([larger.widthPx, larger.heightPx], [100, 100]);
  assert.equal(larger.pixels[50], 150);
  const smaller = cropAndScale(ramp, half, 10);
  assert.deepEqual([smaller.widthPx, smaller.heightPx], [10, 10]);
  assert.equal(smaller.pixels[5], 154);
});
