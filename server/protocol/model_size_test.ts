import assert from "node:assert/strict";
import fc from "fast-check";
import { inputSize, levelOf, sizeCount, sizeHolding, sizeName, workShares } from "./model_size.ts";

const INPUT = {
  widthPx: 416,
  heightPx: 320,
  sizes: [
    { landscape: [416, 320] as [number, number], square: [416, 416] as [number, number] },
    { landscape: [384, 288] as [number, number], square: [352, 352] as [number, number] },
    { landscape: [320, 256] as [number, number], square: [288, 288] as [number, number] },
  ],
};
const FIXED = { widthPx: 640, heightPx: 640 };

const size = (widthPx: number, heightPx: number) => ({ widthPx, heightPx });

Deno.test("inputSize() has the shape of the picture", () => {
  assert.deepEqual(inputSize(INPUT, size(640, 480), 0), size(416, 320));
  assert.deepEqual(inputSize(INPUT, size(1280, 720), 1), size(384, 288));
  assert.deepEqual(inputSize(INPUT, size(480, 640), 0), size(320, 416));
  assert.deepEqual(inputSize(INPUT, size(240, 320), 9), size(256, 320));
  assert.deepEqual(inputSize(INPUT, size(500, 500), 0), size(416, 416));
  assert.deepEqual(inputSize(INPUT, size(500, 520), 2), size(288, 288));
  assert.deepEqual(inputSize(FIXED, size(480, 640), 2), FIXED);
});

Deno.test("sizeHolding() finds the size that a picture was made for", () => {
  const side = fc.integer({ min: 16, max: 4096 });
  fc.assert(fc.property(side, side, fc.nat(2), (widthPx, heightPx, level) => {
    // Beyond it nobody films, and a rounded side may have no pixel left.
    fc.pre(Math.max(widthPx / heightPx, heightPx / widthPx) < 4);
    const wanted = inputSize(INPUT, size(widthPx, heightPx), level);
    const gain = Math.min(wanted.widthPx / widthPx, wanted.heightPx / heightPx);
    const made = size(Math.round(widthPx * gain), Math.round(heightPx * gain));
    // Rounding may carry a picture over the border between two shapes.
    const again = inputSize(INPUT, made, level);
    fc.pre(again.widthPx === wanted.widthPx && again.heightPx === wanted.heightPx);
    assert.deepEqual(sizeHolding(INPUT, made), wanted);
  }));
});

Deno.test("sizeHolding() gives a larger picture the largest size, a tiny one the smallest", () => {
  assert.deepEqual(sizeHolding(INPUT, size(3000, 4000)), size(320, 416));
  assert.deepEqual(sizeHolding(INPUT, size(40, 30)), size(320, 256));
  assert.deepEqual(sizeHolding(FIXED, size(40, 30)), FIXED);
});

Deno.test("workShares() go by the pixels", () => {
  const largest = 416 * 320;
  assert.deepEqual(workShares(INPUT), [1, (384 * 288) / largest, (320 * 256) / largest]);
  assert.deepEqual(workShares(FIXED), [1]);
});

Deno.test("sizeName() and levelOf() belong together", () => {
  for (let level = 0; level < sizeCount(INPUT); level++) {
    assert.equal(levelOf(INPUT, sizeName(INPUT, level)), level);
  }
  assert.equal(sizeName(INPUT, 1), "384x288");
  assert.equal(levelOf(INPUT, "640x640"), null);
  assert.equal(sizeCount(FIXED), 1);
});
