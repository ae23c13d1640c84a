import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { HeadClues } from "./head_clues.ts";
import { inferHead } from "./infer_head.ts";

/** What is known of a model with one output, in which a run found nothing. */
function guess(shape: readonly number[], over: Partial<HeadClues> = {}) {
  return inferHead({
    widthPx: 640,
    heightPx: 640,
    outputs: [{ name: "output", type: "float32", shape }],
    open: new Set(),
    varying: new Set(),
    runs: [],
    classes: null,
    isCoco: false,
    kind: null,
    wished: null,
    task: null,
    isUltralytics: false,
    isToldSize: false,
    activations: new Map(),
    ...over,
  });
}

/** Runs in which the outputs were these numbers. */
function seen(numbers: Record<string, Float32Array>): Pick<HeadClues, "runs"> {
  const outputs = Object.entries(numbers).map(([name, numbers]) => ({
    name,
    type: "float32",
    shape: [],
    numbers,
  }));
  return { runs: [outputs] };
}

function readingOf(...args: Parameters<typeof guess>) {
  const found = guess(...args);
  if (found.kind !== "one") throw new Error(`${found.kind}: ${found.message}`);
  return found.reading;
}

function headOf(...args: Parameters<typeof guess>) {
  const { kind, classes, strides, boxes } = readingOf(...args).head;
  return [kind, classes, strides.length, boxes];
}

const at = (side: number) => ({ widthPx: side, heightPx: side });
const ultralytics = { isUltralytics: true, task: "detect" } as const;

Deno.test("inferHead() knows models by the shapes of their outputs where these leave no doubt", () => {
  assert.deepEqual(headOf([1, 25200, 85]), ["yolov5", 80, 0, 25_200]);
  assert.deepEqual(headOf([1, 25500, 85]), ["yolov5", 80, 0, 25_500]);
  assert.deepEqual(headOf([1, 3598, 112], at(416)), ["nanodet", 80, 4, undefined]);
  assert.deepEqual(headOf([1, 2100, 112], at(320)), ["nanodet", 80, 3, undefined]);
  assert.deepEqual(headOf([1, 84, 34000]), ["yolov8", 80, 0, 34_000]);
  assert.deepEqual(headOf([1, 300, 6], { classes: 7 }), ["end-to-end", 7, 0, 300]);
  assert.deepEqual(headOf([1, 300, 84]), ["detr", 80, 0, 300]);
  assert.deepEqual(headOf([1, 300, 369], { classes: 365 }), ["detr", 365, 0, 300]);
  const wish = { classes: 3, kind: "end-to-end" } as const;
  assert.deepEqual(headOf([1, 8400, 6], wish), ["end-to-end", 3, 0, 8400]);
});

Deno.test("inferHead() takes the word of the file for what its shape leaves open", () => {
  assert.deepEqual(headOf([1, 84, 8400], ultralytics), ["yolov8", 80, 0, 8400]);
  assert.deepEqual(headOf([1, 84, 8500], ultralytics), ["yolov8", 80, 0, 8500]);
  const pose = readingOf([1, 56, 8400], { ...ultralytics, task: "pose", classes: 1 });
  assert.deepEqual([pose.head.classes, pose.head.skipped], [1, 51]);
  const obb = readingOf([1, 20, 8400], { ...ultralytics, task: "obb" });
  assert.deepEqual([obb.head.classes, obb.head.hasAngle], [15, true]);
  const varying = { open: new Set(["output"]), varying: new Set(["output"]), classes: 1 };
  assert.deepEqual(headOf([1, 8400, 6], varying), ["end-to-end", 1, 0, 10_000]);
});

Deno.test("inferHead() asks where nothing tells", () => {
  const message = (...args: Parameters<typeof guess>) => {
    const found = guess(...args);
    return found.kind === "several" ? found.message : `${found.kind}`;
  };
  assert.match(message([1, 84, 8500]), /ltrb with 80 classes, or yolov8 with 80 classes/);
  assert.match(message([1, 300, 6], { classes: 2 }), /detr with 2 classes, or end-to-end with 2/);
  assert.match(message([1, 56, 8400]), /yolov8 with 52 .* model for poses \(1 class: person\)/);
  assert.match(message([1, 2100, 45], at(320)), /yolox with 40 .* nanodet with 13 classes/);
  assert.deepEqual(headOf([1, 84, 8500], { kind: "ltrb" }), ["ltrb", 80, 4, undefined]);
  assert.deepEqual(headOf([1, 56, 8400], { classes: 1 }), ["yolov8", 1, 0, 8400]);
  assert.deepEqual(headOf([1, 2100, 45], { ...at(320), classes: 13 }), [
    "nanodet",
    13,
    3,
    undefined,
  ]);
});

Deno.test("inferHead() tells boxes that are worked out from those that are not by where they are", () => {
  const side = 640;
  const cells = [8, 16, 32].flatMap((stride) =>
    Array.from({ length: (side / stride) ** 2 }, (_, cell) => ({
      x: (cell % (side / stride) + 0.5) * stride,
      y: (Math.floor(cell * stride / side) + 0.5) * stride,
    }))
  );
  const tensor = (values: number, isColumns: boolean, box: (cell: number) => number[]) =>
    Float32Array.from({ length: values * cells.length }, (_, place) => {
      const [cell, value] = isColumns
        ? [place % cells.length, Math.floor(place / cells.length)]
        : [Math.floor(place / values), place % values];
      return box(cell)[value] ?? 0;
    });
  const centres = (cell: number) => [cells[cell]!.x, cells[cell]!.y, 20, 30];
  const small = (cell: number) => [cell % 7 / 7, cell % 5 / 5, -1, -2];
  const kindOf = (shape: number[], numbers: Float32Array) =>
    readingOf(shape, seen({ output: numbers })).head.kind;
  assert.equal(kindOf([1, 84, 8400], tensor(84, true, centres)), "yolov8");
  const distances = (cell: number) => [cell % 70, cell % 50, 30, 40];
  assert.equal(kindOf([1, 84, 8400], tensor(84, true, distances)), "ltrb");
  assert.equal(kindOf([1, 8400, 85], tensor(85, false, centres)), "yolov5");
  assert.equal(kindOf([1, 8400, 85], tensor(85, false, small)), "yolox");
});

/** `[1, 300, 6]` of one row. */
function three(row: readonly number[]) {
  return seen({ output: Float32Array.from({ length: 1800 }, (_, place) => row[place % 6]!) });
}

Deno.test("inferHead() tells queries from a list of boxes by their numbers", () => {
  const two = { classes: 2, isUltralytics: true };
  assert.deepEqual(headOf([1, 300, 6], { ...two, ...three([0.5, 0.5, 0.3, 0.6, 0.9, 0.02]) }), [
    "detr",
    2,
    0,
    300,
  ]);
  assert.deepEqual(headOf([1, 300, 6], { ...two, ...three([220, 120, 420, 520, 0.9, 1]) }), [
    "end-to-end",
    2,
    0,
    300,
  ]);
});

Deno.test("inferHead() reads outputs for boxes, classes and scores by name, type and number", () => {
  const outputs = (...all: [name: string, type: string, shape: number[]][]) => ({
    outputs: all.map(([name, type, shape]) => ({ name, type, shape })),
  });
  const detr = (columns: number, names = ["pred_boxes", "logits"]) => ({
    ...outputs([names[0]!, "float32", [1, 100, 4]], [names[1]!, "float32", [1, 100, columns]]),
    ...seen({
      [names[0]!]: new Float32Array(400),
      [names[1]!]: new Float32Array(100 * columns).fill(-5),
    }),
  });
  const details = (over: Partial<HeadClues>) => {
    const { head, feed } = readingOf([], over);
    return [head.classes, head.numbering, head.activation, feed];
  };
  // The DETR of 2020; RT-DETR and D-FINE; RF-DETR of COCO, and of one's own classes.
  assert.deepEqual(details(detr(92)), [80, "coco", "softmax", "imagenet-stretch"]);
  assert.deepEqual(details(detr(80)), [80, "from-0", "sigmoid", "plain-stretch"]);
  const rf = ["dets", "labels"];
  assert.deepEqual(details(detr(91, rf)), [80, "coco", "sigmoid", "imagenet-stretch"]);
  assert.deepEqual(details({ ...detr(6, rf), classes: 5 }), [
    5,
    "from-0",
    "sigmoid",
    "imagenet-stretch",
  ]);
  const sure = { ...detr(6, rf), activations: new Map([["labels", "sigmoid"]] as const) };
  assert.equal(guess([], { ...sure, classes: 5 }).kind, "none");
  const lists = outputs(
    ["labels", "int64", [1, 300]],
    ["boxes", "float32", [1, 300, 4]],
    ["scores", "float32", [1, 300]],
  );
  const found = readingOf([], { ...lists, classes: 80, isCoco: true });
  assert.deepEqual(found.head.outputs, ["boxes", "labels", "scores"]);
  assert.equal(found.head.numbering, "coco");
  const told = readingOf([], { ...lists, classes: 80, isCoco: true, isToldSize: true });
  assert.equal(told.head.numbering, "from-0");
  const dets = outputs(["dets", "float32", [1, 100, 5]], ["labels", "int64", [1, 100]]);
  assert.deepEqual(headOf([], { ...dets, classes: 3 }), ["mmdeploy", 3, 0, 100]);
});

Deno.test("inferHead() names the tensor that fits no head, and what is wrong with it", () => {
  const message = (...args: Parameters<typeof guess>) => {
    const found = guess(...args);
    return found.kind === "none" ? found.message : `${found.kind}`;
  };
  assert.match(
    message([1, 255, 80, 80]),
    /^output "output" is float32 \[1, 255, 80, 80\]; for an input of 640x640 .*models\/README/,
  );
  assert.match(message([2, 84, 8400]), /\[2, 84, 8400\]/);
  assert.match(message([1, 84, 8400], { kind: "nanodet" }), /that is no nanodet head/);
  assert.match(
    message([1, 25200, 85], { classes: 5 }),
    /80 classes as a yolov5 head, but there are 5/,
  );
  const bytes = [{ name: "boxes", type: "int64", shape: [1, 84, 8400] }];
  assert.match(message([], { outputs: bytes }), /output "boxes" is int64/);
  assert.match(
    message([1, 84, 34000], seen({ output: new Float32Array(84 * 34000).fill(-3) })),
    /output "output" has scores from -3\.00 to -3\.00, expected 0 to 1/,
  );
});

Deno.test("inferHead() never finds a head with classes out of bounds", () => {
  const size = fc.oneof(fc.integer({ min: -5, max: 12_000 }), fc.constantFrom(84, 85, 2100, 6300));
  fc.assert(fc.property(fc.array(size, { maxLength: 5 }), (shape) => {
    const found = guess(shape, at(320));
    if (found.kind !== "one") return;
    const { classes, boxes = 1 } = found.reading.head;
    assert.ok(classes >= 1 && classes <= 4096);
    assert.ok(boxes >= 1);
  }));
});
