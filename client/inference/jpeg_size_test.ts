import assert from "node:assert/strict";
import { jpegSize } from "./jpeg_size.ts";

const FRAME = { widthPx: 1280, heightPx: 720 };
const INPUT = { widthPx: 416, heightPx: 416, placement: "top-left" } as const;
const SMALL = { widthPx: 320, heightPx: 240 };

Deno.test("jpegSize() fits a frame into the model's input and the bound, and never makes it larger", () => {
  assert.deepEqual(jpegSize(FRAME, { input: INPUT, boundPx: null }), {
    widthPx: 416,
    heightPx: 234,
  });
  assert.deepEqual(jpegSize(FRAME, { input: INPUT, boundPx: SMALL }), {
    widthPx: 320,
    heightPx: 180,
  });
  const tiny = { widthPx: 160, heightPx: 120 };
  assert.deepEqual(jpegSize(tiny, { input: INPUT, boundPx: SMALL }), tiny);
});

Deno.test("jpegSize() is exactly the input of a model that stretches", () => {
  const input = { ...INPUT, placement: "stretch" } as const;
  assert.deepEqual(jpegSize(FRAME, { input, boundPx: SMALL }), { widthPx: 416, heightPx: 416 });
});
