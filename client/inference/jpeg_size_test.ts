import assert from "node:assert/strict";
import { jpegSize } from "./jpeg_size.ts";

const FRAME = { widthPx: 1280, heightPx: 720 };
const INPUT = { widthPx: 416, heightPx: 416, placement: "top-left" } as const;
const SMALL = { widthPx: 320, heightPx: 240 };

Deno.test("jpegSize() fits a frame into the model's input and the bound, and never makes it larger", () => {
  assert.deepEqual(jpegSize(FRAME, { input: INPUT, sizeLevel: 0, boundPx: null }), {
    widthPx: 416,
    heightPx: 234,
  });
  assert.deepEqual(jpegSize(FRAME, { input: INPUT, sizeLevel: 0, boundPx: SMALL }), {
    widthPx: 320,
    heightPx: 180,
  });
  const tiny = { widthPx: 160, heightPx: 120 };
  assert.deepEqual(jpegSize(tiny, { input: INPUT, sizeLevel: 0, boundPx: SMALL }), tiny);
});

Deno.test("jpegSize() is exactly the input of a model that stretches", () => {
  const input = { ...INPUT, placement: "stretch" } as const;
  assert.deepEqual(jpegSize(FRAME, { input, sizeLevel: 0, boundPx: SMALL }), {
    widthPx: 416,
    heightPx: 416,
  });
});

Deno.test("jpegSize() has the size and the shape of the model's input for this frame", () => {
  const input = {
    ...{ ...INPUT, heightPx: 320 },
    sizes: [
      { landscape: [416, 320] as [number, number], square: [416, 416] as [number, number] },
      { landscape: [320, 256] as [number, number], square: [288, 288] as [number, number] },
    ],
  };
  const upright = { widthPx: 480, heightPx: 640 };
  const sizeOf = (sizeLevel: number) => jpegSize(upright, { input, sizeLevel, boundPx: null });
  assert.deepEqual(sizeOf(0), { widthPx: 312, heightPx: 416 });
  assert.deepEqual(sizeOf(1), { widthPx: 240, heightPx: 320 });
});
