import assert from "node:assert/strict";
import fc from "fast-check";
import { drawBoxes } from "./draw_boxes.ts";

const grey = (widthPx: number, heightPx: number) => ({
  widthPx,
  heightPx,
  i420: new Uint8Array(widthPx * heightPx * 3 / 2).fill(128),
});

const box = (xmin: number, ymin: number, xmax: number, ymax: number) => ({
  label: "person",
  score: 0.87,
  ...{ xmin, ymin, xmax, ymax },
});

Deno.test("drawBoxes() draws the edges where they are, and leaves what is within", () => {
  const frame = grey(320, 240);
  drawBoxes(frame, [box(0.25, 0.5, 0.75, 0.9)]);
  const luma = (x: number, y: number) => frame.i420[y * 320 + x]!;
  const chroma = (x: number, y: number) => frame.i420[320 * 240 + (y >> 1) * 160 + (x >> 1)]!;
  for (const [x, y] of [[80, 130], [239, 200], [160, 120], [160, 215]] as const) {
    assert.notEqual(luma(x, y), 128);
    assert.notEqual(chroma(x, y), 128);
  }
  for (const [x, y] of [[160, 160], [84, 130], [70, 200], [250, 130]] as const) {
    assert.deepEqual([luma(x, y), chroma(x, y)], [128, 128]);
  }
  // The label stands above the box, black on its colour.
  const label = Array.from(
    { length: 16 },
    (_, y) => Array.from({ length: 60 }, (_, x) => luma(82 + x, 104 + y)),
  ).flat();
  assert.ok(label.filter((value) => value === 16).length > 100);
});

Deno.test("drawBoxes() draws within the frame, whatever it is given", () => {
  const part = fc.oneof(fc.double(), fc.double({ min: -1, max: 2, noNaN: true }));
  fc.assert(fc.property(
    fc.array(fc.record({
      label: fc.string({ maxLength: 80 }),
      score: fc.double(),
      xmin: part,
      ymin: part,
      xmax: part,
      ymax: part,
    })),
    fc.constantFrom([320, 240], [2, 2], [34, 18]),
    (boxes, [widthPx, heightPx]) => {
      const frame = grey(widthPx!, heightPx!);
      const bytes = frame.i420.length;
      drawBoxes(frame, boxes);
      assert.equal(frame.i420.length, bytes);
      assert.ok(frame.i420.every((value) => value >= 16 && value <= 240));
    },
  ));
});
