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

/** The numbers of one box: of an output, counted from its first. */
type Read = (value: number, output?: number) => number;

/** A head, and its definition written once more. */
interface Case {
  readonly head: HeadSpec;
  /** Of each output, its numbers of a box. */
  readonly values: readonly number[];
  readonly isColumns?: boolean;
  /** Number of boxes of a round. */
  readonly boxes: number;
  /** A number for a place, of a box inside the frame. */
  readonly make: (random: Random, value: number, output: number) => number;
  /** In model px; `null`: no box. */
  readonly read: (at: Read, cell: Cell) => Candidate | null;
  /** Whether the model leaves one box an object. */
  readonly isThinned?: boolean;
  /** Which output has but one number: of boxes. */
  readonly countAt?: number;
}

/** Where a cell's corner is, px. */
type Cell = { x: number; y: number; stride: number };

const CLASSES = 7;
const { widthPx: W, heightPx: H } = INPUT;

function cellsOf(strides: readonly number[]): Cell[] {
  return strides.flatMap((stride) => {
    const columns = Math.ceil(W / stride);
    return Array.from({ length: columns * Math.ceil(H / stride) }, (_, i) => ({
      x: (i % columns) * stride,
      y: Math.floor(i / columns) * stride,
      stride,
    }));
  });
}

function centred(x: number, y: number, w: number, h: number): Xyxy {
  return [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
}

/** The first of the greatest. */
function best(score: (place: number) => number, places: readonly number[]) {
  let [classId, most] = [0, -Infinity];
  for (const [index, place] of places.entries()) {
    if (score(place) > most) [classId, most] = [index, score(place)];
  }
  return { classId, score: most };
}

const from = (first: number) => Array.from({ length: CLASSES }, (_, at) => first + at);
const f32 = Math.fround;
const sigmoid = (value: number) => f32(1 / f32(1 + f32(Math.exp(-value))));

const px = (random: Random, value: number) => value < 2 ? 30 + random() * 20 : 10 + random() * 20;
const corners = (random: Random, value: number) => (value < 2 ? 20 : 50) + random() * 20;
const anyClass = (random: Random) => pick(random, [0, 1, 2, 3, 6, 7, 8, -1, 2.5, NaN]);
const named = (id: number, score: number, xyxy: Xyxy, first = 0): Candidate | null => {
  const isClass = Number.isInteger(id) && id >= first && id < first + CLASSES;
  return isClass ? { xyxy, score, classId: id - first } : null;
};

const GRIDS: Case[] = [
  {
    head: { kind: "yolox", classes: CLASSES, strides: [8, 16, 32] },
    values: [5 + CLASSES],
    boxes: cellsOf([8, 16, 32]).length,
    make: (random, value) => value < 2 || value >= 4 ? random() : random() - 1,
    read: (at, { x, y, stride }) => {
      const { classId, score } = best((c) => at(5 + c), from(0));
      const [w, h] = [Math.exp(at(2)) * stride, Math.exp(at(3)) * stride];
      const xyxy = centred(at(0) * stride + x, at(1) * stride + y, w, h);
      return { xyxy, score: f32(at(4) * score), classId };
    },
  },
  {
    head: { kind: "ltrb", classes: CLASSES, strides: [8, 16, 32, 64] },
    values: [4 + CLASSES],
    isColumns: true,
    boxes: cellsOf([8, 16, 32, 64]).length,
    make: (random, value) => value < 4 ? 2 + random() * 20 : random(),
    read: (at, { x, y }) => ({
      xyxy: [x - at(0), y - at(1), x + at(2), y + at(3)],
      ...best(at, from(4)),
    }),
  },
  {
    head: { kind: "nanodet", classes: CLASSES, strides: [8, 16, 32, 64] },
    values: [CLASSES + 32],
    boxes: cellsOf([8, 16, 32, 64]).length,
    make: (random, value) => value < CLASSES ? random() : random() * 4,
    read: (at, { x, y, stride }) => {
      const side = (index: number) => {
        const bins = Array.from({ length: 8 }, (_, bin) => Math.exp(at(CLASSES + index * 8 + bin)));
        const total = bins.reduce((sum, value) => sum + value);
        return bins.reduce((sum, value, bin) => sum + value * bin, 0) / total * stride;
      };
      return {
        xyxy: [x - side(0), y - side(1), x + side(2), y + side(3)],
        ...best(at, from(0)),
      };
    },
  },
];

const BOXES: Case[] = [
  {
    head: { kind: "yolov5", classes: CLASSES, strides: [], boxes: 60, skipped: 3 },
    values: [5 + CLASSES + 3],
    boxes: 60,
    make: (random, value) => value < 4 ? px(random, value) : random(),
    read: (at) => {
      const { classId, score } = best((c) => at(5 + c), from(0));
      return { xyxy: centred(at(0), at(1), at(2), at(3)), score: f32(at(4) * score), classId };
    },
  },
  {
    head: { kind: "yolov8", classes: CLASSES, strides: [], boxes: 130 },
    values: [4 + CLASSES],
    isColumns: true,
    boxes: 126,
    make: (random, value) => value < 4 ? px(random, value) : random(),
    read: (at) => ({ xyxy: centred(at(0), at(1), at(2), at(3)), ...best(at, from(4)) }),
  },
  {
    head: { kind: "yolov8", classes: CLASSES, strides: [], boxes: 40, hasAngle: true },
    values: [5 + CLASSES],
    isColumns: true,
    boxes: 33,
    make: (random, value) => value < 4 ? px(random, value) : random(),
    read: (at) => {
      const [sin, cos] = [Math.sin(at(4 + CLASSES)), Math.cos(at(4 + CLASSES))];
      const [w, h] = [at(2), at(3)];
      const xyxy = centred(at(0), at(1), w * cos + h * sin, w * sin + h * cos);
      return { xyxy, ...best(at, from(4)) };
    },
  },
  {
    head: {
      kind: "yolo-nas",
      classes: CLASSES,
      strides: [],
      boxes: 50,
      outputs: ["boxes", "scores"],
    },
    values: [4, CLASSES],
    boxes: 50,
    make: (random, value, output) => output === 0 ? corners(random, value) : random(),
    read: (at) => ({ xyxy: [at(0), at(1), at(2), at(3)], ...best((c) => at(c, 1), from(0)) }),
  },
  {
    head: {
      kind: "detr",
      classes: CLASSES,
      strides: [],
      boxes: 50,
      outputs: ["dets", "labels"],
      activation: "sigmoid",
      numbering: "from-1",
      columns: CLASSES + 2,
    },
    values: [4, CLASSES + 2],
    boxes: 50,
    isThinned: true,
    make: (random, value, output) =>
      output === 1 ? random() * 6 - 3 : value < 2 ? 0.4 + random() * 0.2 : random() * 0.3,
    read: (at) => {
      const { classId, score } = best((c) => at(c, 1), from(1));
      const xyxy = centred(at(0) * W, at(1) * H, at(2) * W, at(3) * H);
      return { xyxy, score: sigmoid(score), classId };
    },
  },
  {
    head: {
      kind: "detr",
      classes: CLASSES,
      strides: [],
      boxes: 50,
      activation: "softmax",
      columns: CLASSES + 1,
    },
    values: [4 + CLASSES + 1],
    boxes: 37,
    isThinned: true,
    make: (random, value) =>
      value >= 4 ? random() * 9 - 3 : value < 2 ? 0.4 + random() * 0.2 : random() * 0.3,
    read: (at) => {
      const { classId, score } = best(at, from(4));
      const all = Array.from({ length: CLASSES + 1 }, (_, c) => at(4 + c));
      const peak = Math.max(...all);
      const total = all.reduce((sum, one) => f32(sum + f32(Math.exp(f32(one - peak)))), 0);
      const xyxy = centred(at(0) * W, at(1) * H, at(2) * W, at(3) * H);
      return { xyxy, score: f32(f32(Math.exp(f32(score - peak))) / total), classId };
    },
  },
  {
    head: { kind: "end-to-end", classes: CLASSES, strides: [], boxes: 40, skipped: 1 },
    values: [7],
    boxes: 31,
    isThinned: true,
    make: (random, value) =>
      value < 4 ? corners(random, value) : value === 4 ? random() : anyClass(random),
    read: (at) => named(at(5), at(4), [at(0), at(1), at(2), at(3)]),
  },
  {
    head: {
      kind: "mmdeploy",
      classes: CLASSES,
      strides: [],
      boxes: 40,
      outputs: ["dets", "labels"],
    },
    values: [5, 1],
    boxes: 40,
    isThinned: true,
    make: (random, value, output) =>
      output === 1 ? anyClass(random) : value < 4 ? corners(random, value) : random(),
    read: (at) => named(at(0, 1), at(4), [at(0), at(1), at(2), at(3)]),
  },
  {
    head: {
      kind: "ssd",
      classes: CLASSES,
      strides: [],
      boxes: 40,
      outputs: ["boxes", "classes", "scores", "count"],
    },
    values: [4, 1, 1, 1],
    countAt: 3,
    boxes: 40,
    isThinned: true,
    make: (random, value, output) =>
      output === 1
        ? anyClass(random)
        : output === 2
        ? random()
        : (value < 2 ? 0.2 : 0.6) + random() * 0.2,
    read: (at) => named(at(0, 1), at(0, 2), [at(1) * W, at(0) * H, at(3) * W, at(2) * H], 1),
  },
  {
    head: {
      kind: "torchvision",
      classes: CLASSES,
      strides: [],
      boxes: 40,
      outputs: ["boxes", "labels", "scores"],
    },
    values: [4, 1, 1],
    boxes: 22,
    isThinned: true,
    make: (random, value, output) =>
      output === 1 ? anyClass(random) : output === 2 ? random() : corners(random, value),
    read: (at) => named(at(0, 1), at(0, 2), [at(0), at(1), at(2), at(3)], 1),
  },
];

const CASES = [...GRIDS, ...BOXES];

/** Outputs of a run with so many boxes. */
function makeOutputs(
  { values, isColumns, countAt, make, boxes }: Case,
  random: Random,
): Float32Array[] {
  return values.map((count, output) => {
    if (output === countAt) return Float32Array.of(boxes - 7);
    const numbers = new Float32Array(boxes * count);
    for (let box = 0; box < boxes; box++) {
      for (let value = 0; value < count; value++) {
        numbers[isColumns ? value * boxes + box : box * count + value] = make(
          random,
          value,
          output,
        );
      }
    }
    return numbers;
  });
}

/** Every box as the definition says, in model px. */
function slowDecode(
  { head, values, isColumns, boxes, countAt, read }: Case,
  outputs: readonly Float32Array[],
): Candidate[] {
  const cells = cellsOf(head.strides.length > 0 ? head.strides : [8]);
  const live = countAt === undefined ? boxes : outputs[countAt]![0]!;
  return Array.from({ length: live }, (_, box) =>
    read(
      (value, output = 0) =>
        outputs[output]![isColumns ? value * boxes + box : box * values[output]! + value]!,
      cells[box % cells.length]!,
    )).filter((found) => found !== null);
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

for (const one of CASES) {
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
        const scoreThreshold = f32(0.2 + random() * 0.6);
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
