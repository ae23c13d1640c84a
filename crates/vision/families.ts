// This module is browser compatible.
import { VisionError } from "./error.ts";

/** Heads whose boxes are worked out from the cells of grids, here. */
export const GRID_KINDS = ["yolox", "ltrb", "nanodet"] as const;
/** See {@linkcode GRID_KINDS}. */
export type GridKind = typeof GRID_KINDS[number];

/** Heads whose boxes the model's graph has worked out. */
export type BoxesKind =
  | "yolov5"
  | "yolov8"
  | "yolo-nas"
  | "detr"
  | "end-to-end"
  | "mmdeploy"
  | "ssd"
  | "torchvision";

/**
 * The model family that wrote the head.
 *
 * - `yolox` `[1, cells, 5 + classes]`: grid offsets, log sizes, objectness, classes
 * - `ltrb` `[1, 4 + classes, cells]`: px from the cell's corner point, classes (NanoDet-m as converted)
 * - `nanodet` `[1, cells, classes + 32]`: classes, then four times eight bins (NanoDet-plus)
 *
 * The others are in {@linkcode FAMILIES}.
 */
export type HeadKind = GridKind | BoxesKind;

/** Which four numbers make a box. */
export type BoxFormat = "cxcywh" | "xyxy" | "yxyx";
/** Pixels of the model input, or shares of its sides. */
export type BoxUnit = "px" | "share";
/** `[boxes, values]` or `[values, boxes]`. */
export type HeadLayout = "rows" | "columns";
/** What is still to be done to scores; `softmax` is over all of a box's scores. */
export type Activation = "none" | "sigmoid" | "softmax";
/** The numbers that the classes have in a model: from 0 or 1 on, or those of COCO, which have gaps. */
export type Numbering = "from-0" | "from-1" | "coco";
/** What some numbers of a box are; `count`, in an output of its own: how many boxes are any. */
export type Part =
  | "box"
  | "angle"
  | "objectness"
  | "scores"
  | "score"
  | "class"
  | "count"
  | "skipped";

/** How the boxes of a family are read, but for what a head says otherwise. */
export interface Family {
  readonly format: BoxFormat;
  readonly unit: BoxUnit;
  readonly layout: HeadLayout;
  readonly numbering: Numbering;
  /** One box an object is left by the model itself: no NMS. */
  readonly isThinned: boolean;
  /**
   * What each output is made of, in the order of `outputs`, for each number of outputs that there may
   * be. `skipped` and `angle` are there only where a head has them.
   */
  readonly outputs: readonly (readonly (readonly Part[])[])[];
}

/** Every family of heads whose boxes are worked out in the graph. */
export const FAMILIES: Readonly<Record<BoxesKind, Family>> = {
  /** YOLOv5, v6, v7; YOLOX exported with its decoding. */
  yolov5: {
    format: "cxcywh",
    unit: "px",
    layout: "rows",
    numbering: "from-0",
    isThinned: false,
    outputs: [[["box", "objectness", "scores", "skipped"]]],
  },
  /** YOLOv8, v9, 11, 12; also of exports for segmentation, pose and oriented boxes. */
  yolov8: {
    format: "cxcywh",
    unit: "px",
    layout: "columns",
    numbering: "from-0",
    isThinned: false,
    outputs: [[["box", "scores", "skipped", "angle"]]],
  },
  "yolo-nas": {
    format: "xyxy",
    unit: "px",
    layout: "rows",
    numbering: "from-0",
    isThinned: false,
    outputs: [[["box"], ["scores"]]],
  },
  /** DETR, RT-DETR, D-FINE, DEIM, RF-DETR. */
  detr: {
    format: "cxcywh",
    unit: "share",
    layout: "rows",
    numbering: "from-0",
    isThinned: true,
    outputs: [[["box", "scores"]], [["box"], ["scores"]]],
  },
  /** YOLOv10, YOLO26, and exports with NMS in the graph. */
  "end-to-end": {
    format: "xyxy",
    unit: "px",
    layout: "rows",
    numbering: "from-0",
    isThinned: true,
    outputs: [[["box", "score", "class", "skipped", "angle"]]],
  },
  /** What mmdeploy makes of any detector of MMDetection. */
  mmdeploy: {
    format: "xyxy",
    unit: "px",
    layout: "rows",
    numbering: "from-0",
    isThinned: true,
    outputs: [[["box", "score"], ["class"]]],
  },
  /** The Object Detection API of TensorFlow. */
  ssd: {
    format: "yxyx",
    unit: "share",
    layout: "rows",
    numbering: "from-1",
    isThinned: true,
    outputs: [[["box"], ["class"], ["score"]], [["box"], ["class"], ["score"], ["count"]]],
  },
  /** torchvision's detectors; others with outputs for boxes, classes and scores. */
  torchvision: {
    format: "xyxy",
    unit: "px",
    layout: "rows",
    numbering: "from-1",
    isThinned: true,
    outputs: [[["box"], ["class"], ["score"]], [["box"], ["class"], ["score"], ["count"]]],
  },
};

/** The model head. */
export interface HeadSpec {
  readonly kind: HeadKind;
  /** Number of classes, 1–4096. */
  readonly classes: number;
  /** Cell sizes of grids, px, in the order of the head. Empty: 8, 16, 32. */
  readonly strides: readonly number[];
  /** Names of the model's outputs, in the order of the family's. Default: as many as it has at least. */
  readonly outputs?: readonly string[] | undefined;
  /** Most boxes, 1–262 144; needed where the graph works them out. */
  readonly boxes?: number | undefined;
  /** Instead of the family's. */
  readonly format?: BoxFormat | undefined;
  /** Instead of the family's. */
  readonly unit?: BoxUnit | undefined;
  /** Instead of the family's. */
  readonly layout?: HeadLayout | undefined;
  /** Instead of the family's. */
  readonly numbering?: Numbering | undefined;
  /** Default: `none`. */
  readonly activation?: Activation | undefined;
  /** Scores of a box, where there are more than classes: "no object", ids without a name. */
  readonly columns?: number | undefined;
  /** Numbers after the scores that are left out: coefficients of masks, keypoints. */
  readonly skipped?: number | undefined;
  /** Whether the last number of a box is the angle it is turned by. */
  readonly hasAngle?: boolean | undefined;
}

/** How decoded boxes are read, with everything said. */
export interface BoxesStructure {
  readonly format: BoxFormat;
  readonly unit: BoxUnit;
  readonly layout: HeadLayout;
  readonly activation: Activation;
  readonly isThinned: boolean;
  readonly boxes: number;
  /** For each class its place among the scores, or its number. Ascending. */
  readonly classIds: readonly number[];
  /** Of each output what it is made of, and how many numbers of a box each part has. */
  readonly tensors: readonly (readonly (readonly [Part, number])[])[];
}

/** Whether boxes are worked out from cells. */
export function isGridKind(kind: HeadKind): kind is GridKind {
  return GRID_KINDS.some((known) => known === kind);
}

/**
 * How a head is read whose boxes the graph has worked out.
 * @throws {VisionError} `head-spec` if its family has no such number of outputs, or numbers for other
 * classes; `unknown-name`.
 */
export function boxesStructure(head: HeadSpec & { readonly kind: BoxesKind }): BoxesStructure {
  const family = FAMILIES[head.kind] as Family | undefined;
  if (family === undefined) {
    throw new VisionError("unknown-name", "Cannot use an unknown head kind");
  }
  const count = head.outputs?.length ?? family.outputs[0]!.length;
  const outputs = family.outputs.find(({ length }) => length === count);
  if (outputs === undefined) throw unusable(`${head.kind} of ${count} outputs`);
  const classIds = classIdsOf(head, head.numbering ?? family.numbering);
  const widths: Readonly<Record<Part, number>> = {
    box: 4,
    angle: head.hasAngle ? 1 : 0,
    objectness: 1,
    scores: head.columns ?? (classIds.at(-1) ?? 0) + 1,
    score: 1,
    class: 1,
    count: 1,
    skipped: head.skipped ?? 0,
  };
  return {
    format: head.format ?? family.format,
    unit: head.unit ?? family.unit,
    layout: head.layout ?? family.layout,
    activation: head.activation ?? "none",
    isThinned: family.isThinned,
    boxes: head.boxes ?? 0,
    classIds,
    tensors: outputs.map((parts) =>
      parts.map((part) => [part, widths[part]] as const).filter(([, width]) => width !== 0)
    ),
  };
}

/** Ids of COCO's categories that no picture has. */
const COCO_GAPS: ReadonlySet<number> = new Set([12, 26, 29, 30, 45, 66, 68, 69, 71, 83]);
const COCO_CLASSES = 80;
/** More are refused by the core; this many are not made for nothing. */
const MAX_IDS = 1 << 16;

function classIdsOf({ classes }: HeadSpec, numbering: Numbering): number[] {
  if (numbering === "coco") {
    if (classes !== COCO_CLASSES) throw unusable(`numbers of COCO for ${classes} classes`);
    return Array.from({ length: 90 }, (_, at) => at + 1).filter((id) => !COCO_GAPS.has(id));
  }
  const first = numbering === "from-1" ? 1 : 0;
  return Array.from({ length: Math.min(classes, MAX_IDS) }, (_, at) => first + at);
}

function unusable(what: string): VisionError {
  return new VisionError("head-spec", `Cannot use this model head: ${what}`);
}
