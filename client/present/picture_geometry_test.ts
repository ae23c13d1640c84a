import assert from "node:assert/strict";
import fc from "fast-check";
import { containRect, placeBox } from "./picture_geometry.ts";

const sizePx = fc.integer({ min: 1, max: 4000 });

Deno.test("containRect() keeps the aspect ratio, fills one side and is centred", () => {
  fc.assert(fc.property(sizePx, sizePx, sizePx, sizePx, (pw, ph, aw, ah) => {
    const rect = containRect({
      pictureWidthPx: pw,
      pictureHeightPx: ph,
      areaWidthPx: aw,
      areaHeightPx: ah,
    });
    assert.ok(Math.abs(rect.widthPx / rect.heightPx - pw / ph) < 1e-6 * (pw / ph));
    assert.ok(Math.abs(rect.widthPx - aw) < 1e-6 || Math.abs(rect.heightPx - ah) < 1e-6);
    assert.ok(rect.xPx >= -1e-9 && rect.yPx >= -1e-9);
    assert.ok(Math.abs(rect.xPx * 2 + rect.widthPx - aw) < 1e-6);
    assert.ok(Math.abs(rect.yPx * 2 + rect.heightPx - ah) < 1e-6);
  }));
});

Deno.test("containRect() of a picture without size is empty", () => {
  const rect = containRect({
    pictureWidthPx: 0,
    pictureHeightPx: 0,
    areaWidthPx: 100,
    areaHeightPx: 100,
  });
  assert.deepEqual(rect, { xPx: 0, yPx: 0, widthPx: 0, heightPx: 0 });
});

Deno.test("placeBox() mirrors about the picture's own middle", () => {
  const picture = { xPx: 100, yPx: 0, widthPx: 200, heightPx: 100 };
  const box = { xmin: 0.1, ymin: 0.2, xmax: 0.3, ymax: 0.6 };
  assert.deepEqual(placeBox(box, picture, false), { xPx: 120, yPx: 20, widthPx: 40, heightPx: 40 });
  assert.deepEqual(placeBox(box, picture, true), { xPx: 240, yPx: 20, widthPx: 40, heightPx: 40 });
});
