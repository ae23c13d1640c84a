/** Head decoders and NMS on wasm32: SIMD = scalar = a slow version in TypeScript. */
import assert from "node:assert/strict";
import { type Detection, type HeadSpec, initVision, Vision } from "./mod.ts";
import { pick, randomInt, seeded } from "./random_test_util.ts";
import {
  BOXES,
  type Candidate,
  GRIDS,
  INPUT,
  makeOutputs,
  slowDecode,
  type Xyxy,
} from "./slow_heads_test_util.ts";
import { slowGeometry } from "./slow_vision_test_util.ts";
import { rgbaLayout } from "./specs_test_util.ts";

const FRAME = { widthPx: 100, heightPx: 50 };

/** Makes SIMD and scalar objects with a frame letterboxed, runs `use`, frees them. */
async function withBoth(head: HeadSpec, use: (both: Vision[]) => void): Promise<void> {
  await initVision();
  const both = [true, false].map((simd) => new Vision({ input: INPUT, head }, { simd }));
  for (const vision of both) {
    vision.frameBuffer(FRAME.widthPx * FRAME.heightPx * 4);
    vision.letterbox(rgbaLayout(FRAME));
  }
  use(both);
  for (const vision of both) vision.free();
}

/** Class-aware NMS as its definition says; boxes then normalised and clipped. */
function slowDetect(
  candidates: Candidate[],
  { scoreThreshold, iouThreshold }: { scoreThreshold: number; iouThreshold: number },
) {
  const sorted = candidates.filter(({ score }) => score >= scoreThreshold)
    .sort((a, b) => b.score - a.score).slice(0, 1000);
  const kept: Candidate[] = [];
  for (const one of sorted) {
    const rival = kept.some((other) =>
      other.classId === one.classId && slowIou(other.xyxy, one.xyxy) > iouThreshold
    );
    if (!rival) kept.push(one);
  }
  const geometry = slowGeometry(INPUT, FRAME.widthPx, FRAME.heightPx);
  const clip = (value: number) => Math.min(Math.max(value, 0), 1);
  return kept.slice(0, 300).map(({ xyxy: [x0, y0, x1, y1], score, classId }) => ({
    box: {
      xmin: clip((x0 - geometry.padX) / geometry.width),
      ymin: clip((y0 - geometry.padY) / geometry.height),
      xmax: clip((x1 - geometry.padX) / geometry.width),
      ymax: clip((y1 - geometry.padY) / geometry.height),
    },
    score,
    classId,
  }));
}

function slowIou([ax0, ay0, ax1, ay1]: Xyxy, [bx0, by0, bx1, by1]: Xyxy): number {
  const width = Math.max(0, Math.min(ax1, bx1) - Math.max(ax0, bx0));
  const height = Math.max(0, Math.min(ay1, by1) - Math.max(ay0, by0));
  const union = (ax1 - ax0) * (ay1 - ay0) + (bx1 - bx0) * (by1 - by0) - width * height;
  return width * height / union;
}

function assertClose(actual: Detection[], expected: Detection[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach(({ box, score, classId }, i) => {
    const other = expected[i]!;
    assert.equal(classId, other.classId);
    // Exponentials may differ in their last bits.
    assert.ok(Math.abs(score - other.score) < 1e-6, `${i}: ${score}, ${other.score}`);
    for (const side of ["xmin", "ymin", "xmax", "ymax"] as const) {
      assert.ok(Math.abs(box[side] - other.box[side]) < 1e-5, `${i}: ${side}`);
    }
  });
}

for (const one of [...GRIDS, ...BOXES]) {
  const { head } = one;
  const { outputs: _outputs, classes: _classes, strides: _strides, ...rest } = head;
  const name = Object.values(rest).join(" ");
  Deno.test(`detect() decodes ${name} as its definition says`, async () => {
    await withBoth(head, (both) => {
      const [simd, scalar] = both as [Vision, Vision];
      const random = seeded(3);
      for (let round = 0; round < 20; round++) {
        const outputs = makeOutputs(one, random);
        for (const vision of both) vision.writeHead(outputs);
        const scoreThreshold = Math.fround(0.2 + random() * 0.6);
        const options = { scoreThreshold, iouThreshold: 0.45 };
        const found = simd.detect(options);
        assert.deepEqual(found, scalar.detect(options));
        const candidates = slowDecode(one, outputs).filter(insideFrame);
        // Above an IoU of 1 nothing is taken away: the model itself has done so.
        const iouThreshold = one.isThinned ? 2 : 0.45;
        assertClose(found, slowDetect(candidates, { scoreThreshold, iouThreshold }));
        assert.ok(round > 0 || found.length > 0);
      }
    });
  });

  Deno.test(`detect() of a hostile ${name} head gives boxes inside the frame or none`, async () => {
    const evil = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 3e38, -3e38, 1e-45, 0.5, 50, 4096];
    await withBoth(head, (both) => {
      const [simd, scalar] = both as [Vision, Vision];
      const random = seeded(4);
      for (let round = 0; round < 50; round++) {
        const isGrid = GRIDS.includes(one);
        const boxes = isGrid ? one.boxes : randomInt(random, 0, head.boxes!);
        const outputs = one.values.map((count, output) =>
          Float32Array.from(
            { length: output === one.countAt ? 1 : boxes * count },
            () => pick(random, evil),
          )
        );
        for (const vision of both) vision.writeHead(outputs);
        const options = {
          scoreThreshold: pick(random, [0, 0.5, 1]),
          iouThreshold: pick(random, [0, 0.5, 1]),
          maxDetections: randomInt(random, 1, 400),
        };
        const found = simd.detect(options);
        assert.deepEqual(found, scalar.detect(options));
        assert.ok(found.length <= Math.min(300, options.maxDetections));
        for (const { box: { xmin, ymin, xmax, ymax }, score, classId } of found) {
          assert.ok(0 <= xmin && xmin < xmax && xmax <= 1 && 0 <= ymin && ymin < ymax && ymax <= 1);
          assert.ok(score >= options.scoreThreshold && Number.isFinite(score));
          assert.ok(Number.isInteger(classId) && classId >= 0 && classId < head.classes);
        }
      }
    });
  });
}

Deno.test("detect() reads the numbers that COCO's categories have", async () => {
  const head: HeadSpec = {
    kind: "ssd",
    classes: 80,
    strides: [],
    boxes: 91,
    outputs: ["boxes", "classes", "scores"],
    numbering: "coco",
  };
  await withBoth(head, ([vision]) => {
    // Each id once, in order; a score that falls keeps the order.
    const ids = Float32Array.from({ length: 91 }, (_, id) => id);
    const scores = ids.map((id) => 0.9 - id / 1000);
    const boxes = new Float32Array(91 * 4).map((_, at) => at % 4 < 2 ? 0.25 : 0.75);
    vision!.writeHead([boxes, ids, scores]);
    const found = vision!.detect({ scoreThreshold: 0.5, iouThreshold: 0 });
    assert.deepEqual(found.map(({ classId }) => classId), Array.from({ length: 80 }, (_, c) => c));
    // Person is 1, stop sign 13, toothbrush 90.
    const idOf = (classId: number) => Math.round((0.9 - found[classId]!.score) * 1000);
    assert.deepEqual([0, 11, 79].map(idOf), [1, 13, 90]);
  });
});

Deno.test("writeHead() takes a run without boxes", async () => {
  const { head } = BOXES.find((one) => one.head.kind === "end-to-end")!;
  await withBoth(head, ([vision]) => {
    vision!.headBuffer().fill(0.75);
    vision!.writeHead([new Float32Array(0)]);
    assert.deepEqual(vision!.detect({ scoreThreshold: 0, iouThreshold: 0 }), []);
  });
});

/** Whether anything of the box lies on the picture rather than in the padding. */
function insideFrame({ xyxy: [x0, y0, x1, y1] }: Candidate): boolean {
  const { padX, padY, width, height } = slowGeometry(INPUT, FRAME.widthPx, FRAME.heightPx);
  return x1 > padX && y1 > padY && x0 < padX + width && y0 < padY + height;
}

Deno.test("detect() keeps to the classes wanted, and to all again afterwards", async () => {
  const yolov8 = BOXES[1]!;
  await withBoth(yolov8.head, ([vision]) => {
    vision!.writeHead(makeOutputs(yolov8, seeded(5)));
    const options = { scoreThreshold: 0.5, iouThreshold: 1 };
    const all = vision!.detect(options);
    const some = vision!.detect({ ...options, classes: new Set([1, 4, 99, -1, 0.5]) });
    const wanted = all.filter(({ classId }) => classId === 1 || classId === 4);
    assert.ok(wanted.length > 0 && wanted.length < all.length);
    assert.deepEqual(some, wanted);
    assert.deepEqual(vision!.detect({ ...options, classes: new Set() }), []);
    assert.deepEqual(vision!.detect({ ...options, classes: null }), all);
  });
});
