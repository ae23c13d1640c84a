import assert from "node:assert/strict";
import { type DrawnBox, findDrawnBoxes } from "./drawn_boxes.ts";
import type { Screenshot } from "./pixels.ts";

const GREEN = [30, 240, 90] as const;
const BLUE = [40, 80, 250] as const;

function greyShot(widthPx: number, heightPx: number): Screenshot {
  const pixels = new Uint8Array(widthPx * heightPx * 4).fill(120);
  return { widthPx, heightPx, pixels };
}

interface Look {
  readonly colour?: readonly [number, number, number];
  readonly strokePx?: number;
  /** Lengths of a dash and of the gap after it. */
  readonly dashPx?: readonly [number, number];
}

/** Strokes whose outer edges are at left, top, right and bottom (exclusive). */
function drawBox(
  shot: Screenshot,
  [left, top, right, bottom]: [number, number, number, number],
  { colour = GREEN, strokePx = 3, dashPx: [dash, gap] = [1, 0] }: Look = {},
) {
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const isSide = x < left + strokePx || x >= right - strokePx;
      const isEnd = y < top + strokePx || y >= bottom - strokePx;
      if (!isSide && !isEnd) continue;
      const along = isSide ? y - top : x - left;
      if (along % (dash + gap) < dash) shot.pixels.set(colour, (y * shot.widthPx + x) * 4);
    }
  }
}

const WHOLE = { xPx: 0, yPx: 0, widthPx: 200, heightPx: 100 };

/** In pixels, without rounding errors. */
function inPixels(boxes: readonly DrawnBox[]) {
  return boxes.toSorted((a, b) => a.xmin - b.xmin).map(({ xmin, ymin, xmax, ymax }) =>
    [xmin * 200, ymin * 100, xmax * 200, ymax * 100].map((px) => Math.round(px * 10) / 10)
  );
}

Deno.test("findDrawnBoxes() finds each box by the middle of its strokes", () => {
  const shot = greyShot(240, 120);
  drawBox(shot, [30, 20, 80, 70]);
  drawBox(shot, [100, 30, 170, 90], { strokePx: 2 });
  const boxes = findDrawnBoxes(shot, { ...WHOLE, xPx: 20, yPx: 10 });
  assert.deepEqual(inPixels(boxes), [[11.5, 11.5, 58.5, 58.5], [81, 21, 149, 79]]);
  assert.ok(boxes.every(({ isDashed }) => !isDashed));
});

Deno.test("findDrawnBoxes() finds small boxes as exactly, down to its least size", () => {
  for (const [widthPx, heightPx] of [[12, 12], [13, 30], [18, 25], [25, 18], [36, 40]] as const) {
    const shot = greyShot(200, 100);
    drawBox(shot, [30, 20, 30 + widthPx, 20 + heightPx]);
    const [box] = inPixels(findDrawnBoxes(shot, WHOLE));
    assert.deepEqual(box, [31.5, 21.5, 28.5 + widthPx, 18.5 + heightPx]);
  }
});

Deno.test("findDrawnBoxes() sees nothing in grey, in weak colour or in specks", () => {
  const shot = greyShot(200, 100);
  shot.pixels.set([120, 150, 120], 200);
  drawBox(shot, [10, 10, 18, 18]);
  assert.deepEqual(findDrawnBoxes(shot, WHOLE), []);
});

Deno.test("findDrawnBoxes() tells dashed boxes, each as one", () => {
  const shot = greyShot(200, 100);
  drawBox(shot, [10, 10, 90, 90], { strokePx: 2, dashPx: [8, 6] });
  drawBox(shot, [110, 10, 190, 90]);
  const boxes = findDrawnBoxes(shot, WHOLE);
  assert.deepEqual(boxes.map(({ isDashed }) => isDashed), [true, false]);
  const [dashed, solid] = inPixels(boxes);
  assert.deepEqual(solid, [111.5, 11.5, 188.5, 88.5]);
  // The last dash of a side may end before its corner.
  assert.ok(dashed!.every((px, at) => Math.abs(px - [11, 11, 89, 89][at]!) <= 8), `${dashed}`);
});

Deno.test("findDrawnBoxes() tells dashed boxes whose gaps have a thin line", () => {
  const shot = greyShot(200, 100);
  drawBox(shot, [11, 11, 189, 89], { strokePx: 1 });
  drawBox(shot, [10, 10, 190, 90], { dashPx: [10, 7] });
  // A corner that is not sharp.
  shot.pixels.set(GREEN, (10 * shot.widthPx + 9) * 4);
  const boxes = findDrawnBoxes(shot, WHOLE);
  assert.deepEqual(inPixels(boxes), [[11.5, 11.5, 188.5, 88.5]]);
  assert.equal(boxes[0]!.isDashed, true);
});

Deno.test("findDrawnBoxes() keeps boxes of different colours apart where they cross", () => {
  const shot = greyShot(200, 100);
  drawBox(shot, [20, 20, 100, 80]);
  drawBox(shot, [60, 10, 160, 60], { colour: BLUE });
  assert.deepEqual(inPixels(findDrawnBoxes(shot, WHOLE)), [
    [21.5, 21.5, 98.5, 78.5],
    [61.5, 11.5, 158.5, 58.5],
  ]);
});
