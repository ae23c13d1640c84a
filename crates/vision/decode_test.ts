/** Head decoders and NMS on wasm32: SIMD = scalar = a slow version in TypeScript. */
import assert from "node:assert/strict";
import { type Detection, type HeadSpec, initVision, type InputSpec, Vision } from "./mod.ts";
import { pick, type Random, randomInt, seeded } from "./random_test_util.ts";
import { slowGeometry } from "./slow_vision_test_util.ts";

type Xyxy = [number, number, number, number];
type Candidate = { xyxy: Xyxy; score: number; classId: number };

const FRAME = { widthPx: 100, heightPx: 50 };
const INPUT: InputSpec = {
  widthPx: 96,
  heightPx: 64,
  placement: "center",
  pad: 0,
  order: "rgb",
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/** Makes SIMD and scalar objects with a frame letterboxed, runs `use`, frees them. */
async function withBoth(head: HeadSpec, use: (both: Vision[]) => void): Promise<void> {
  await initVision();
  const both = [true, false].map((simd) => new Vision({ input: INPUT, head }, { simd }));
  for (const vision of both) {
    vision.frameBuffer(FRAME.widthPx * FRAME.heightPx * 4);
    vision.letterbox({
      format: "RGBA",
      ...FRAME,
      planes: [{ offset: 0, stride: FRAME.widthPx * 4 }],
      matrix: "bt601",
      range: "full",
    });
  }
  use(both);
  for (const vision of both) vision.free();
}

/** Every anchor of a head as its definition says, in model px. */
function slowDecode(head: HeadSpec, output: Float32Array, shape: readonly number[]): Candidate[] {
  if (head.kind === "end-to-end") return slowBoxes(head, output);
  const { kind } = head;
  const channelMajor = kind === "yolov8" || kind === "ltrb";
  const [anchors, values] = channelMajor ? [shape[2]!, shape[1]!] : [shape[1]!, shape[2]!];
  const strides = head.strides.length > 0 ? head.strides : [8, 16, 32];
  const cells = strides.flatMap((stride) => {
    const columns = Math.ceil(INPUT.widthPx / stride);
    const count = columns * Math.ceil(INPUT.heightPx / stride);
    return Array.from({ length: count }, (_, i) => ({
      x: (i % columns) * stride,
      y: Math.floor(i / columns) * stride,
      stride,
    }));
  });
  return Array.from({ length: anchors }, (_, anchor) => {
    const at = (value: number) =>
      output[channelMajor ? value * anchors + anchor : anchor * values + value]!;
    const classesFrom = { yolox: 5, yolov5: 5, yolov8: 4, ltrb: 4, nanodet: 0 }[kind];
    let [classId, classScore] = [0, -Infinity];
    for (let c = 0; c < head.classes; c++) {
      if (at(classesFrom + c) > classScore) [classId, classScore] = [c, at(classesFrom + c)];
    }
    const score = classesFrom === 5 ? Math.fround(at(4) * classScore) : classScore;
    const centred = (x: number, y: number, w: number, h: number): Xyxy => [
      x - w / 2,
      y - h / 2,
      x + w / 2,
      y + h / 2,
    ];
    // YOLOv5 has three anchors a cell and its boxes need no cell.
    const { x, y, stride } = cells[anchor % cells.length]!;
    const sides = (read: (side: number) => number): Xyxy => [
      x - read(0),
      y - read(1),
      x + read(2),
      y + read(3),
    ];
    const boxes: Record<typeof kind, () => Xyxy> = {
      yolov5: () => centred(at(0), at(1), at(2), at(3)),
      yolov8: () => centred(at(0), at(1), at(2), at(3)),
      yolox: () =>
        centred(
          at(0) * stride + x,
          at(1) * stride + y,
          Math.exp(at(2)) * stride,
          Math.exp(at(3)) * stride,
        ),
      ltrb: () => sides(at),
      nanodet: () =>
        sides((side) => {
          const bins = Array.from({ length: 8 }, (_, bin) =>
            Math.exp(at(head.classes + side * 8 + bin)));
          const total = bins.reduce((sum, value) =>
            sum + value
          );
          return bins.reduce((sum, value, bin) => sum + value * bin, 0) / total * stride;
        }),
    };
    return { xyxy: boxes[kind](), score, classId };
  });
}

/** Rows of six numbers, of which some are no boxes. */
function slowBoxes(head: HeadSpec, output: Float32Array): Candidate[] {
  return Array.from({ length: head.boxes! }, (_, row) => {
    const [x0, y0, x1, y1, score, classId] = [...output.subarray(row * 6, row * 6 + 6)] as
      & number[]
      & [number, number, number, number, number, number];
    return { xyxy: [x0, y0, x1, y1] satisfies Xyxy, score, classId };
  }).filter(({ classId }) => Number.isInteger(classId) && classId >= 0 && classId < head.classes);
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

/** A head with a box inside the frame for every anchor. */
function fillHead(random: Random, head: HeadSpec, output: Float32Array, shape: readonly number[]) {
  const channelMajor = head.kind === "yolov8" || head.kind === "ltrb";
  const [anchors, values] = channelMajor ? [shape[2]!, shape[1]!] : [shape[1]!, shape[2]!];
  const number = (value: number): number => {
    if (head.kind === "end-to-end") {
      if (value < 4) return (value < 2 ? 20 : 50) + random() * 20;
      return value === 4 ? random() : pick(random, [0, 1, 2, 3, 6, 7, -1, 2.5]);
    }
    if (head.kind === "nanodet") {
      return value < head.classes ? random() : random() * 4;
    }
    if (value >= 4) return random();
    if (head.kind === "yolox") return value < 2 ? random() : random() - 1;
    if (head.kind === "ltrb") return 2 + random() * 20;
    return value < 2 ? 30 + random() * 20 : 10 + random() * 20;
  };
  for (let anchor = 0; anchor < anchors; anchor++) {
    for (let value = 0; value < values; value++) {
      output[channelMajor ? value * anchors + anchor : anchor * values + value] = number(value);
    }
  }
}

function assertClose(actual: Detection[], expected: Detection[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach(({ box, score, classId }, i) => {
    const other = expected[i]!;
    assert.deepEqual([score, classId], [other.score, other.classId]);
    for (const side of ["xmin", "ymin", "xmax", "ymax"] as const) {
      assert.ok(Math.abs(box[side] - other.box[side]) < 1e-5, `${i}: ${side}`);
    }
  });
}

const HEADS: HeadSpec[] = [
  { kind: "yolox", classes: 7, strides: [8, 16, 32] },
  { kind: "yolov5", classes: 7, strides: [] },
  { kind: "yolov8", classes: 7, strides: [] },
  { kind: "ltrb", classes: 7, strides: [8, 16, 32, 64] },
  { kind: "nanodet", classes: 7, strides: [8, 16, 32, 64] },
  { kind: "end-to-end", classes: 7, strides: [], boxes: 40 },
];

for (const head of HEADS) {
  Deno.test(`detect() decodes a ${head.kind} head as its definition says`, async () => {
    await withBoth(head, (both) => {
      const [simd, scalar] = both as [Vision, Vision];
      const random = seeded(3);
      const output = new Float32Array(simd.headLength);
      for (let round = 0; round < 20; round++) {
        fillHead(random, head, output, simd.headShape);
        for (const vision of both) vision.writeHead(output);
        const scoreThreshold = Math.fround(0.2 + random() * 0.6);
        const options = { scoreThreshold, iouThreshold: 0.45 };
        const found = simd.detect(options);
        assert.deepEqual(found, scalar.detect(options));
        const candidates = slowDecode(head, output, simd.headShape).filter(insideFrame);
        // Above an IoU of 1 nothing is taken away: the model itself has done so.
        const iouThreshold = head.kind === "end-to-end" ? 2 : 0.45;
        assertClose(found, slowDetect(candidates, { scoreThreshold, iouThreshold }));
      }
    });
  });

  Deno.test(`detect() of a hostile ${head.kind} head gives boxes inside the frame or none`, async () => {
    const evil = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 3e38, -3e38, 1e-45, 0.5, 50];
    await withBoth(head, (both) => {
      const [simd, scalar] = both as [Vision, Vision];
      const random = seeded(4);
      for (let round = 0; round < 50; round++) {
        const output = Float32Array.from({ length: simd.headLength }, () => pick(random, evil));
        for (const vision of both) vision.writeHead(output);
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

/** Whether anything of the box lies on the picture rather than in the padding. */
function insideFrame({ xyxy: [x0, y0, x1, y1] }: Candidate): boolean {
  const { padX, padY, width, height } = slowGeometry(INPUT, FRAME.widthPx, FRAME.heightPx);
  return x1 > padX && y1 > padY && x0 < padX + width && y0 < padY + height;
}

Deno.test("detect() keeps to the classes wanted, and to all again afterwards", async () => {
  await withBoth(HEADS[2]!, ([vision]) => {
    fillHead(seeded(5), HEADS[2]!, vision!.headBuffer(), vision!.headShape);
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
