import type { HeadKind } from "../head_clues.ts";
import { buildOnnx, type OnnxSpec } from "./onnx_builder.ts";

/** A head of a model with a 96x64 input and three classes, with one box in it. */
export interface TestHead {
  /** What it is as. */
  readonly name: string;
  readonly kind: HeadKind;
  /** The file but for its names and sizes. */
  readonly file: Omit<OnnxSpec, "input"> & { readonly input?: OnnxSpec["input"] };
}

/** Input of all test models, px. */
export const INPUT = { widthPx: 96, heightPx: 64 } as const;
/** Classes of all test models, of which the box has the last. */
export const NAMES = ["cat", "dog", "owl"] as const;
/** Of the box: its score, which half precision has exactly, and its corners in px. */
export const BOX = { score: 0.875, xyxy: [40, 24, 56, 40] } as const;

const { widthPx: W, heightPx: H } = INPUT;
const [X0, Y0, X1, Y1] = BOX.xyxy;
const [CX, CY, WIDTH, HEIGHT] = [48, 32, X1 - X0, Y1 - Y0] as const;
/** As shares of the input. */
const SHARES = [CX / W, CY / H, WIDTH / W, HEIGHT / H] as const;
const SCORES = [0, 0, BOX.score] as const;
/** Whose sigmoid is the score. */
const LOGIT = Math.log(BOX.score / (1 - BOX.score));
/** Cell of stride 8 whose corner is the box's centre. */
const CELL = 4 * (W / 8) + 6;
const ROWS = 100;

const STRIDES_3 = [8, 16, 32];
const STRIDES_4 = [8, 16, 32, 64];
const STRIDES_P2 = [4, 8, 16, 32];

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly stride: number;
}

function cells(strides: readonly number[]): Cell[] {
  return strides.flatMap((stride) => {
    const columns = Math.ceil(W / stride);
    return Array.from({ length: columns * Math.ceil(H / stride) }, (_, at) => ({
      x: (at % columns) * stride,
      y: Math.floor(at / columns) * stride,
      stride,
    }));
  });
}

/** Of a tensor. */
interface Numbers {
  readonly shape: number[];
  readonly numbers: Float32Array;
}

/** `[1, rows, values]`: one row the box's, the others what a model gives where there is nothing. */
function rows(
  box: readonly number[],
  nothing: readonly (readonly number[])[],
  at: number,
): Numbers {
  const all = nothing.map((row, index) => index === at ? box : row);
  return { shape: [1, all.length, box.length], numbers: Float32Array.from(all.flat()) };
}

/** The same as `[1, values, rows]`, for a box in the middle of its cell. */
function columns(box: readonly number[], nothing: readonly (readonly number[])[]): Numbers {
  const { shape: [, count, values], numbers } = rows(box, nothing, CELL);
  const turned = numbers.map((_, place) =>
    numbers[(place % count!) * values! + Math.floor(place / count!)]!
  );
  return { shape: [1, values!, count!], numbers: turned };
}

/** Small numbers that are not all the same. */
const waver = (at: number) => (at * 7 % 13) / 13;
/** Boxes near their cells, of no class. */
const decoded = (all: readonly Cell[], rest: readonly number[]) =>
  all.map(({ x, y, stride }, at) => [x + stride / 2 + waver(at), y + stride / 2, 9, 9, ...rest]);
const none = (row: readonly number[], count = ROWS) => Array.from({ length: count }, () => row);
const weak = [0.01, 0.01, 0.01];

function one(
  name: string,
  kind: HeadKind,
  { shape, numbers }: Numbers,
  over: Partial<TestHead["file"]> = {},
): TestHead {
  return { name, kind, file: { output: shape, numbers, ...over } };
}

const logits = (best: number, other: number, rest: number[] = []) => [other, other, best, ...rest];

/** How an exporter writes class names. */
export function namesText(names: readonly string[]): string {
  return `{${names.map((name, at) => `${at}: '${name}'`).join(", ")}}`;
}

/** A file with the head of that name, which is mostly that of its kind; it names its classes. */
export function headFile(name: string, over: Partial<OnnxSpec> = {}): Uint8Array<ArrayBuffer> {
  const { file } = testHeads().find((head) => head.name === name)!;
  const metadata = { names: namesText(NAMES), imgsz: `[${H}, ${W}]` };
  return buildOnnx({ input: [1, 3, H, W], metadata, ...file, ...over });
}

/** One of every family, and variants of some. */
export function testHeads(): TestHead[] {
  const log2 = Math.log(2);
  const px = [CX, CY, WIDTH, HEIGHT] as const;
  const grid = cells(STRIDES_3);
  const sides = Array.from({ length: 4 }, () => [-50, 50, -50, -50, -50, -50, -50, -50]).flat();
  const ids = (id: number) => Float32Array.from({ length: ROWS }, (_, at) => at === 7 ? id : 0);
  const scores = Float32Array.from({ length: ROWS }, (_, at) => at === 7 ? BOX.score : 0.01);
  const list = (numbers: Float32Array) => ({ shape: [1, ROWS], numbers });
  const each = (row: readonly number[], nothing: readonly number[]) => rows(row, none(nothing), 7);
  const corners = each([X0, Y0, X1, Y1], [0, 0, 4, 4]);
  const noShares = [0.2, 0.2, 0.1, 0.1];
  const shares = each(SHARES, noShares);
  const detrLogits = (...rest: number[]) => each(logits(LOGIT, -5, rest), logits(-5, -5, rest));
  const endToEnd = each([X0, Y0, X1, Y1, BOX.score, 2], [1, 1, 9, 9, 0.02, 1]);
  const yolov5 = [...px, 1, ...SCORES];
  const yolov8 = [...px, ...SCORES];
  const yolox = grid.map((_, at) => [waver(at), waver(at + 1), -1, -1, 0.01, ...weak]);
  const grid4 = cells(STRIDES_4);
  const ltrb = grid4.map((_, at) => [4 + 9 * waver(at), 4 + 9 * waver(at + 5), 4, 4, ...weak]);
  const nanodet = grid4.map((_, at) => [...weak, ...sides.map((_, bin) => waver(at + bin))]);
  return [
    one("yolox", "yolox", rows([0, 0, log2, log2, 1, ...SCORES], yolox, CELL)),
    one("ltrb", "ltrb", columns([8, 8, 8, 8, ...SCORES], ltrb)),
    one("nanodet", "nanodet", rows([...SCORES, ...sides], nanodet, CELL)),
    one("yolov5", "yolov5", rows(yolov5, decoded([...grid, ...grid, ...grid], [0.01, ...weak]), 5)),
    one("yolox decoded", "yolov5", rows(yolov5, decoded(grid, [0.01, ...weak]), 5)),
    one("yolov8", "yolov8", columns(yolov8, decoded(grid, weak))),
    one("yolov8 of four strides", "yolov8", columns(yolov8, decoded(grid4, weak))),
    one("yolov8 of small strides", "yolov8", columns(yolov8, decoded(cells(STRIDES_P2), weak))),
    one(
      "yolov8 for masks",
      "yolov8",
      columns([...yolov8, ...sides], decoded(grid, [...weak, ...sides])),
      { others: { protos: { shape: [1, 32, 16, 24] } } },
    ),
    one(
      "yolo-nas",
      "yolo-nas",
      rows([X0, Y0, X1, Y1], grid.map(({ x, y }) => [x, y, x + 9, y + 9]), 5),
      { others: { scores: rows(SCORES, grid.map(() => weak), 5) } },
    ),
    one("hugging face's detr", "detr", shares, {
      outputName: "pred_boxes",
      // e^L / (e^L + 3) is the score.
      others: { logits: each([0, 0, Math.log(21), 0], [0, 0, 0, 9]) },
    }),
    one("hugging face's rt-detr", "detr", shares, {
      outputName: "pred_boxes",
      others: { logits: detrLogits() },
    }),
    one("rf-detr", "detr", shares, { outputName: "dets", others: { labels: detrLogits(-5) } }),
    one("rf-detr with its sigmoid", "detr", shares, {
      outputName: "dets",
      others: { labels: { ...detrLogits(-5), activation: "Sigmoid" } },
    }),
    one("rt-detr in one tensor", "detr", each([...SHARES, ...SCORES], [...noShares, ...weak])),
    one("end-to-end", "end-to-end", endToEnd),
    one("end-to-end of rows that vary", "end-to-end", endToEnd, {
      varies: true,
      declared: [1, "found", 6],
    }),
    one("mmdeploy", "mmdeploy", each([X0, Y0, X1, Y1, BOX.score], [0, 0, 0, 0, 0]), {
      outputName: "dets",
      others: { labels: { ...list(ids(2)), type: "int64" } },
    }),
    one("tensorflow's ssd", "ssd", each([Y0 / H, X0 / W, Y1 / H, X1 / W], [0, 0, 0.1, 0.1]), {
      input: [1, H, W, 3],
      inputType: "uint8",
      outputName: "detection_boxes",
      others: {
        "detection_classes": list(ids(3).map((id) => id || 1)),
        "detection_scores": list(scores),
        "num_detections": { shape: [1], numbers: Float32Array.of(50) },
      },
    }),
    one("torchvision's ssdlite", "torchvision", { ...corners, shape: corners.shape.slice(1) }, {
      input: [3, H, W],
      outputName: "boxes",
      others: {
        scores: { shape: [ROWS], numbers: scores },
        labels: { shape: [ROWS], numbers: ids(3).map((id) => id || 1), type: "int64" },
      },
    }),
    one(
      "d-fine with its post-processing",
      "torchvision",
      each([X0 / W, Y0 / H, X1 / W, Y1 / H], [0, 0, 0.1, 0.1]),
      {
        sizeInput: "orig_target_sizes",
        outputName: "boxes",
        others: { labels: { ...list(ids(2)), type: "int64" }, scores: list(scores) },
      },
    ),
  ];
}
