import type { HeadKind } from "../infer_head.ts";

/** A head of a model with a 96x64 input and three classes, with one box in it. */
export interface TestHead {
  readonly kind: HeadKind;
  readonly shape: readonly number[];
  readonly numbers: Float32Array;
}

/** Input of all test models, px. */
export const INPUT = { widthPx: 96, heightPx: 64 } as const;
/** Classes of all test models, of which the box has the last. */
export const NAMES = ["cat", "dog", "owl"] as const;
/** Of the box: its score, which half precision has exactly, and its corners in px. */
export const BOX = { score: 0.875, xyxy: [40, 24, 56, 40] } as const;

const STRIDES_3 = [8, 16, 32];
const STRIDES_4 = [8, 16, 32, 64];

/** One of every kind. */
export function testHeads(): TestHead[] {
  return [yolox(), yolov5(), yolov8(), ltrb(), nanodet(), endToEnd()];
}

function cells(strides: readonly number[]): number {
  return strides.reduce(
    (sum, stride) => sum + Math.ceil(INPUT.widthPx / stride) * Math.ceil(INPUT.heightPx / stride),
    0,
  );
}

const [X0, Y0, X1, Y1] = BOX.xyxy;
/** Cell of stride 8 whose corner is the box's centre, (48, 32). */
const CELL = 4 * (INPUT.widthPx / 8) + 6;

/** `[1, anchors, values]` with one anchor's numbers. */
function rows(
  kind: HeadKind,
  [anchors, values]: [number, number],
  at: number,
  row: number[],
): TestHead {
  const numbers = new Float32Array(anchors * values);
  numbers.set(row, at * values);
  return { kind, shape: [1, anchors, values], numbers };
}

/** `[1, values, anchors]` with one anchor's numbers. */
function columns(kind: HeadKind, [values, anchors]: [number, number], row: number[]): TestHead {
  const numbers = new Float32Array(anchors * values);
  for (const [value, number] of row.entries()) numbers[value * anchors + CELL] = number;
  return { kind, shape: [1, values, anchors], numbers };
}

function yolox(): TestHead {
  const log2 = Math.log(2);
  return rows("yolox", [cells(STRIDES_3), 8], CELL, [0, 0, log2, log2, 1, 0, 0, BOX.score]);
}

function yolov5(): TestHead {
  const row = [48, 32, X1 - X0, Y1 - Y0, 1, 0, 0, BOX.score];
  return rows("yolov5", [3 * cells(STRIDES_3), 8], 5, row);
}

function yolov8(): TestHead {
  return columns("yolov8", [7, cells(STRIDES_3)], [48, 32, X1 - X0, Y1 - Y0, 0, 0, BOX.score]);
}

function ltrb(): TestHead {
  return columns("ltrb", [7, cells(STRIDES_4)], [8, 8, 8, 8, 0, 0, BOX.score]);
}

function nanodet(): TestHead {
  // All of a distance's weight on bin 1: one cell, 8 px.
  const side = [-50, 50, -50, -50, -50, -50, -50, -50];
  const row = [0, 0, BOX.score, ...side, ...side, ...side, ...side];
  return rows("nanodet", [cells(STRIDES_4), 35], CELL, row);
}

function endToEnd(): TestHead {
  return rows("end-to-end", [100, 6], 7, [X0, Y0, X1, Y1, BOX.score, 2]);
}
