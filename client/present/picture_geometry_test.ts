import assert from "node:assert/strict";
import fc from "fast-check";
import { containRect, placeBox, placeTag, type RectPx, stackTag } from "./picture_geometry.ts";

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

Deno.test("placeTag() puts the text at any box into the picture", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const shares = fc.array(share, { minLength: 4, maxLength: 4 });
  const areaPx = fc.integer({ min: 1, max: 2000 });
  const textPx = fc.double({ min: 1, max: 400, noNaN: true });
  fc.assert(fc.property(shares, areaPx, areaPx, textPx, (sides, width, height, tagWidthPx) => {
    const picture = { xPx: 40, yPx: 20, widthPx: width, heightPx: height };
    const [a, b, c, d] = sides as [number, number, number, number];
    const box = placeBox(
      { xmin: Math.min(a, b), ymin: Math.min(c, d), xmax: Math.max(a, b), ymax: Math.max(c, d) },
      picture,
      false,
    );
    const tag = placeTag(box, { widthPx: tagWidthPx, heightPx: 22 }, picture);
    assert.ok(tag.xPx >= 40 && tag.yPx >= 20, JSON.stringify(tag));
    assert.ok(tag.xPx + tag.widthPx <= 40 + width + 1e-9, JSON.stringify(tag));
    assert.ok(tag.yPx + tag.heightPx <= 20 + height + 1e-9, JSON.stringify(tag));
    assert.equal(tag.widthPx, Math.min(tagWidthPx, width), "no narrower than it has to be");
  }));
});

Deno.test("placeTag() keeps the text off what is in the box, where there is room", () => {
  const picture = { xPx: 0, yPx: 0, widthPx: 400, heightPx: 300 };
  const box = { xPx: 100, yPx: 80, widthPx: 60, heightPx: 60 };
  const tag = placeTag(box, { widthPx: 90, heightPx: 22 }, picture);
  assert.ok(tag.yPx + tag.heightPx <= box.yPx);
});

Deno.test("stackTag() hides no text behind another while there is room below, and stays in the picture", () => {
  const picture = { xPx: 0, yPx: 0, widthPx: 400, heightPx: 300 };
  const at = fc.tuple(fc.integer({ min: 0, max: 320 }), fc.integer({ min: 0, max: 278 }));
  fc.assert(fc.property(fc.array(at, { maxLength: 12 }), (places) => {
    const taken: RectPx[] = [];
    for (const [xPx, yPx] of places) {
      const tag = { xPx, yPx, widthPx: 80, heightPx: 22 };
      const placed = stackTag(tag, taken, picture);
      assert.ok(placed.yPx >= yPx && placed.yPx + 22 <= 300);
      const isHidden = taken.some((other) =>
        Math.abs(other.xPx - placed.xPx) < 80 && Math.abs(other.yPx - placed.yPx) < 22
      );
      assert.ok(!isHidden || placed.yPx === yPx, "it stays only where there is no room");
      taken.push(placed);
    }
  }));
  const tag = { xPx: 10, yPx: 10, widthPx: 80, heightPx: 22 };
  assert.equal(stackTag(tag, [tag], picture).yPx, 33);
});
