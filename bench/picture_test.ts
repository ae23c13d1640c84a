import assert from "node:assert/strict";
import jpeg from "jpeg-js";
import { cropAndScale, type GreyPicture, iou, readJpeg, sample } from "./picture.ts";

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

Deno.test("readJpeg() gives luma and the two chroma planes of a plain colour", async () => {
  const path = await Deno.makeTempFile({ suffix: ".jpg" });
  try {
    const data = Uint8Array.from({ length: 16 * 16 * 4 }, (_, at) => [200, 60, 20, 255][at % 4]!);
    await Deno.writeFile(path, jpeg.encode({ width: 16, height: 16, data }, 100).data);
    const { luma, cb, cr } = await readJpeg(path);
    const wanted = [[luma, 97], [cb, 84], [cr, 201]] as const;
    for (const [plane, value] of wanted) {
      assert.deepEqual([plane.widthPx, plane.heightPx, plane.pixels.length], [16, 16, 256]);
      assert.ok(plane.pixels.every((one) => Math.abs(one - value) <= 2), String(plane.pixels[0]));
    }
  } finally {
    await Deno.remove(path);
  }
});
