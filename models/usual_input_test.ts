import assert from "node:assert/strict";
import { usualInput } from "./usual_input.ts";

Deno.test("usualInput() feeds what takes bytes with pixels as they are", () => {
  for (const feed of ["yolo", "imagenet-stretch", "tensorflow"] as const) {
    const { mean, std } = usualInput(feed, "uint8");
    assert.deepEqual([mean, std], [[0, 0, 0], [1, 1, 1]]);
  }
});

Deno.test("usualInput() has means in the order of the channels, in units of 0 to 255", () => {
  const rgb = usualInput("imagenet-stretch", "float32");
  const bgr = usualInput("nanodet", "float32");
  assert.deepEqual([rgb.order, bgr.order], ["rgb", "bgr"]);
  assert.deepEqual(rgb.mean, bgr.mean.toReversed());
  // PyTorch's numbers, which are shares.
  assert.deepEqual(rgb.mean.map((value) => Number((value / 255).toFixed(3))), [
    0.485,
    0.456,
    0.406,
  ]);
  assert.deepEqual(rgb.std.map((value) => Number((value / 255).toFixed(3))), [0.229, 0.224, 0.225]);
});
