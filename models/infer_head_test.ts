import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type HeadClues, inferHead } from "./infer_head.ts";
import { INPUT, NAMES, testHeads } from "./testing/heads.ts";

function guess(shape: readonly (number | string)[], over: Partial<HeadClues> = {}) {
  const outputs = [{ name: "output", type: "float32", shape }];
  const side = { widthPx: 640, heightPx: 640 };
  return inferHead({ ...side, outputs, classes: null, kind: null, ...over });
}

function headOf(...args: Parameters<typeof guess>) {
  const found = guess(...args);
  if (found.kind !== "one") throw new Error(`${found.kind}: ${found.message}`);
  const { kind, classes, strides, boxes } = found.head;
  return [kind, classes, strides.length, boxes];
}

Deno.test("inferHead() knows the published models by the shapes of their outputs", () => {
  const at = (side: number) => ({ widthPx: side, heightPx: side });
  assert.deepEqual(headOf([1, 3549, 85], at(416)), ["yolox", 80, 3, undefined]);
  assert.deepEqual(headOf([1, 25200, 85]), ["yolov5", 80, 3, undefined]);
  assert.deepEqual(headOf([1, 84, 8400]), ["yolov8", 80, 3, undefined]);
  assert.deepEqual(headOf([1, 84, 2125], at(320)), ["ltrb", 80, 4, undefined]);
  assert.deepEqual(headOf([1, 3598, 112], at(416)), ["nanodet", 80, 4, undefined]);
  // NanoDet before plus; as YOLOX it would have 107 classes.
  assert.deepEqual(headOf([1, 2100, 112], at(320)), ["nanodet", 80, 3, undefined]);
  assert.deepEqual(headOf([1, 300, 6], { classes: 7 }), ["end-to-end", 7, 0, 300]);
  assert.deepEqual(headOf([1, 8400, 6], { classes: 1 }), ["yolox", 1, 3, undefined]);
  assert.deepEqual(headOf([1, 8400, 6], { classes: 3, kind: "end-to-end" }), [
    "end-to-end",
    3,
    0,
    8400,
  ]);
});

Deno.test("inferHead() finds every test head by its shape", () => {
  for (const { kind, shape } of testHeads()) {
    const found = guess(shape, { ...INPUT, classes: NAMES.length });
    assert.equal(found.kind, "one");
    assert.equal(found.kind === "one" && found.head.kind, kind);
  }
});

Deno.test("inferHead() does not choose where two heads fit", () => {
  const found = guess([1, 2100, 45], { widthPx: 320, heightPx: 320 });
  assert.equal(found.kind, "several");
  assert.match(found.kind === "several" ? found.message : "", /yolox with 40 classes, or nanodet/);
  const side = { widthPx: 320, heightPx: 320 };
  assert.deepEqual(headOf([1, 2100, 45], { ...side, classes: 13 }), ["nanodet", 13, 3, undefined]);
  assert.deepEqual(headOf([1, 2100, 45], { ...side, kind: "yolox" }), ["yolox", 40, 3, undefined]);
});

Deno.test("inferHead() names the tensor that fits no head, and what would", () => {
  const message = (...args: Parameters<typeof guess>) => {
    const found = guess(...args);
    return found.kind === "none" ? found.message : `${found.kind}`;
  };
  assert.match(
    message([1, 255, 80, 80]),
    /^output "output" is float32 \[1, 255, 80, 80\]; for an input of 640x640, .*\[1, 4 \+ classes, 8400\] \(yolov8\)/,
  );
  assert.match(message([2, 84, 8400]), /\[2, 84, 8400\]/);
  assert.match(
    message([1, 84, 8400], { classes: 5 }),
    /80 classes as a yolov8 head, but there are 5/,
  );
  assert.match(
    message([1, 84, 8400], { kind: "nanodet" }),
    /float16 of \[1, 8500, classes \+ 32\] \(nanodet\), \[1, 8400, classes \+ 32\] \(nanodet\) is/,
  );
  const outputs = [
    { name: "output0", type: "float32", shape: [1, 116, 8400] },
    { name: "output1", type: "float32", shape: [1, 32, 160, 160] },
  ];
  assert.match(message([], { outputs }), /output "output1" .* for segmentation/);
  const bytes = [{ name: "boxes", type: "int64", shape: [1, 84, 8400] }];
  assert.match(message([], { outputs: bytes }), /output "boxes" is int64/);
});

Deno.test("inferHead() never finds a head with classes out of bounds", () => {
  const size = fc.oneof(fc.integer({ min: -5, max: 12_000 }), fc.constantFrom(84, 85, 2100, 6300));
  fc.assert(fc.property(fc.array(size, { maxLength: 5 }), (shape) => {
    const found = guess(shape, { widthPx: 320, heightPx: 320 });
    if (found.kind !== "one") return;
    assert.ok(found.head.classes >= 1 && found.head.classes <= 1000);
  }));
});
