/**
 * Every kind of head once more, written for reading: what its numbers mean, one box at a time.
 *
 * @module
 */
import type { HeadSpec } from "./mod.ts";
import { pick, type Random } from "./random_test_util.ts";
import { plainInput } from "./specs_test_util.ts";

export type Xyxy = [number, number, number, number];
export type Candidate = { xyxy: Xyxy; score: number; classId: number };

/** Of all models here. */
export const INPUT = plainInput(96, 64);

/** The numbers of one box: of an output, counted from its first. */
type Read = (value: number, output?: number) => number;

/** A head, and its definition written once more. */
export interface Case {
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

const STRIDES_3 = [8, 16, 32];
const STRIDES_4 = [8, 16, 32, 64];
const strideless = { classes: CLASSES, strides: [] };

/** Heads whose boxes are worked out from a grid of cells. */
export const GRIDS: Case[] = [
  {
    head: { kind: "yolox", classes: CLASSES, strides: STRIDES_3 },
    values: [5 + CLASSES],
    boxes: cellsOf(STRIDES_3).length,
    make: (random, value) => value < 2 || value >= 4 ? random() : random() - 1,
    read: (at, { x, y, stride }) => {
      const { classId, score } = best((c) => at(5 + c), from(0));
      const [w, h] = [Math.exp(at(2)) * stride, Math.exp(at(3)) * stride];
      const xyxy = centred(at(0) * stride + x, at(1) * stride + y, w, h);
      return { xyxy, score: f32(at(4) * score), classId };
    },
  },
  {
    head: { kind: "ltrb", classes: CLASSES, strides: STRIDES_4 },
    values: [4 + CLASSES],
    isColumns: true,
    boxes: cellsOf(STRIDES_4).length,
    make: (random, value) => value < 4 ? 2 + random() * 20 : random(),
    read: (at, { x, y }) => ({
      xyxy: [x - at(0), y - at(1), x + at(2), y + at(3)],
      ...best(at, from(4)),
    }),
  },
  {
    head: { kind: "nanodet", classes: CLASSES, strides: STRIDES_4 },
    values: [CLASSES + 32],
    boxes: cellsOf(STRIDES_4).length,
    make: (random, value) => value < CLASSES ? random() : random() * 4,
    read: (at, { x, y, stride }) => {
      const side = (index: number) => {
        const bins = Array.from({ length: 8 }, (_, bin) => Math.exp(at(CLASSES + index * 8 + bin)));
        const total = bins.reduce((sum, value) => sum + value);
        return bins.reduce((sum, value, bin) => sum + value * bin, 0) / total * stride;
      };
      const xyxy: Xyxy = [x - side(0), y - side(1), x + side(2), y + side(3)];
      return { xyxy, ...best(at, from(0)) };
    },
  },
];

/** Four numbers of a box in px, then scores. */
const pxAndScores: Case["make"] = (random, value) => value < 4 ? px(random, value) : random();
/** Centre and size as shares of the input. */
const share = (random: Random, value: number) => value < 2 ? 0.4 + random() * 0.2 : random() * 0.3;
const middle = (at: Read) => centred(at(0), at(1), at(2), at(3));
const shares = (at: Read) => centred(at(0) * W, at(1) * H, at(2) * W, at(3) * H);
const four = (at: Read): Xyxy => [at(0), at(1), at(2), at(3)];

/** Heads whose boxes the graph has worked out. */
export const BOXES: Case[] = [
  {
    head: { kind: "yolov5", ...strideless, boxes: 60, skipped: 3 },
    values: [5 + CLASSES + 3],
    boxes: 60,
    make: pxAndScores,
    read: (at) => {
      const { classId, score } = best((c) => at(5 + c), from(0));
      return { xyxy: middle(at), score: f32(at(4) * score), classId };
    },
  },
  {
    head: { kind: "yolov8", ...strideless, boxes: 130 },
    values: [4 + CLASSES],
    isColumns: true,
    boxes: 126,
    make: pxAndScores,
    read: (at) => ({ xyxy: middle(at), ...best(at, from(4)) }),
  },
  {
    head: { kind: "yolov8", ...strideless, boxes: 40, hasAngle: true },
    values: [5 + CLASSES],
    isColumns: true,
    boxes: 33,
    make: pxAndScores,
    read: (at) => {
      const [sin, cos] = [Math.sin(at(4 + CLASSES)), Math.cos(at(4 + CLASSES))];
      const [w, h] = [at(2), at(3)];
      const xyxy = centred(at(0), at(1), w * cos + h * sin, w * sin + h * cos);
      return { xyxy, ...best(at, from(4)) };
    },
  },
  {
    head: { kind: "yolo-nas", ...strideless, boxes: 50, outputs: ["boxes", "scores"] },
    values: [4, CLASSES],
    boxes: 50,
    make: (random, value, output) => output === 0 ? corners(random, value) : random(),
    read: (at) => ({ xyxy: four(at), ...best((c) => at(c, 1), from(0)) }),
  },
  {
    head: {
      kind: "detr",
      ...strideless,
      boxes: 50,
      outputs: ["dets", "labels"],
      activation: "sigmoid",
      numbering: "from-1",
      columns: CLASSES + 2,
    },
    values: [4, CLASSES + 2],
    boxes: 50,
    isThinned: true,
    make: (random, value, output) => output === 1 ? random() * 6 - 3 : share(random, value),
    read: (at) => {
      const { classId, score } = best((c) => at(c, 1), from(1));
      return { xyxy: shares(at), score: sigmoid(score), classId };
    },
  },
  {
    head: {
      kind: "detr",
      ...strideless,
      boxes: 50,
      activation: "softmax",
      columns: CLASSES + 1,
    },
    values: [4 + CLASSES + 1],
    boxes: 37,
    isThinned: true,
    make: (random, value) => value >= 4 ? random() * 9 - 3 : share(random, value),
    read: (at) => {
      const { classId, score } = best(at, from(4));
      const all = Array.from({ length: CLASSES + 1 }, (_, c) => at(4 + c));
      const peak = Math.max(...all);
      const total = all.reduce((sum, one) => f32(sum + f32(Math.exp(f32(one - peak)))), 0);
      return { xyxy: shares(at), score: f32(f32(Math.exp(f32(score - peak))) / total), classId };
    },
  },
  {
    head: { kind: "end-to-end", ...strideless, boxes: 40, skipped: 1 },
    values: [7],
    boxes: 31,
    isThinned: true,
    make: (random, value) =>
      value < 4 ? corners(random, value) : value === 4 ? random() : anyClass(random),
    read: (at) => named(at(5), at(4), four(at)),
  },
  {
    head: { kind: "mmdeploy", ...strideless, boxes: 40, outputs: ["dets", "labels"] },
    values: [5, 1],
    boxes: 40,
    isThinned: true,
    make: (random, value, output) =>
      output === 1 ? anyClass(random) : value < 4 ? corners(random, value) : random(),
    read: (at) => named(at(0, 1), at(4), four(at)),
  },
  {
    head: {
      kind: "ssd",
      ...strideless,
      boxes: 40,
      outputs: ["boxes", "classes", "scores", "count"],
    },
    values: [4, 1, 1, 1],
    countAt: 3,
    boxes: 40,
    isThinned: true,
    make: (random, value, output) => {
      if (output === 1) return anyClass(random);
      return output === 2 ? random() : (value < 2 ? 0.2 : 0.6) + random() * 0.2;
    },
    read: (at) => named(at(0, 1), at(0, 2), [at(1) * W, at(0) * H, at(3) * W, at(2) * H], 1),
  },
  {
    head: { kind: "torchvision", ...strideless, boxes: 40, outputs: ["boxes", "labels", "scores"] },
    values: [4, 1, 1],
    boxes: 22,
    isThinned: true,
    make: (random, value, output) =>
      output === 1 ? anyClass(random) : output === 2 ? random() : corners(random, value),
    read: (at) => named(at(0, 1), at(0, 2), four(at), 1),
  },
];

/** Outputs of a run with so many boxes. */
export function makeOutputs(
  { values, isColumns, countAt, make, boxes }: Case,
  random: Random,
): Float32Array[] {
  return values.map((count, output) => {
    if (output === countAt) return Float32Array.of(boxes - 7);
    const numbers = new Float32Array(boxes * count);
    for (let box = 0; box < boxes; box++) {
      for (let value = 0; value < count; value++) {
        const place = isColumns ? value * boxes + box : box * count + value;
        numbers[place] = make(random, value, output);
      }
    }
    return numbers;
  });
}

/** Every box as the definition says, in model px. */
export function slowDecode(
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
