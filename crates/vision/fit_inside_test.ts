import assert from "node:assert/strict";
import fc from "fast-check";
import { fitInside, type SizePx } from "./mod.ts";

const size = (widthPx: number, heightPx: number): SizePx => ({ widthPx, heightPx });
const anySize = fc.record({
  widthPx: fc.integer({ min: 1, max: 8192 }),
  heightPx: fc.integer({ min: 1, max: 8192 }),
});

Deno.test("fitInside gives the sizes that are sent", () => {
  assert.deepEqual(fitInside(size(1280, 720), size(416, 416)), size(416, 234));
  assert.deepEqual(fitInside(size(720, 1280), size(416, 416)), size(234, 416));
  assert.deepEqual(fitInside(size(640, 480), size(320, 240)), size(320, 240));
  assert.deepEqual(fitInside(size(1921, 1081), size(641, 641)), size(640, 360));
});

Deno.test("fitInside never enlarges, and leaves what fits as it is", () => {
  assert.deepEqual(fitInside(size(321, 241), size(416, 416)), size(321, 241));
  assert.deepEqual(fitInside(size(1, 8192), size(416, 416)), size(1, 416));
});

Deno.test("fitInside stays inside, even, at least 1 px, within 1 px of the aspect ratio", () => {
  fc.assert(fc.property(anySize, anySize, (source, bounds) => {
    const fitted = fitInside(source, bounds);
    const gain = Math.min(1, bounds.widthPx / source.widthPx, bounds.heightPx / source.heightPx);
    for (const side of ["widthPx", "heightPx"] as const) {
      assert.ok(fitted[side] >= 1 && fitted[side] <= Math.min(bounds[side], source[side]));
      if (gain < 1) {
        assert.ok(fitted[side] === 1 || fitted[side] % 2 === 0, `${fitted[side]}`);
        assert.ok(Math.abs(fitted[side] - source[side] * gain) <= 1 + 1e-9);
      }
    }
  }));
});
