import { MAX_CLASSES, type ModelEntry, shapeText, type TensorFact } from "@/protocol";

/** A way to read boxes. */
export type HeadKind = ModelEntry["head"]["kind"];
/** See the manifest. */
export type Head = ModelEntry["head"];

/** What is known of a model when its head is guessed. */
export interface HeadClues {
  readonly widthPx: number;
  readonly heightPx: number;
  /** All of the model's outputs; sizes as a run gave them, so all of them numbers. */
  readonly outputs: readonly TensorFact[];
  /** How many class names there are; `null`: none are known. */
  readonly classes: number | null;
  /** What the model's owner says; `null`: nothing. */
  readonly kind: HeadKind | null;
}

/** What a model's output is, or why that is not known, as a sentence without its end. */
export type HeadGuess =
  | { readonly kind: "one"; readonly head: Head }
  | { readonly kind: "several"; readonly heads: readonly Head[]; readonly message: string }
  | { readonly kind: "none"; readonly message: string };

const STRIDES_3 = [8, 16, 32];
const STRIDES_4 = [8, 16, 32, 64];
/** Classes of COCO, of which models without names mostly are. */
const COCO_CLASSES = 80;
/** Boxes that an end-to-end head gives at most. */
const MAX_BOXES = 10_000;

/** Every way in which an output of so many anchors and values can be read. `values` is without classes. */
interface Form {
  readonly kind: HeadKind;
  readonly strides: readonly number[];
  readonly isChannelMajor: boolean;
  readonly anchorsPerCell: number;
  readonly values: number;
}

const FORMS: readonly Form[] = [
  { kind: "yolox", strides: STRIDES_3, isChannelMajor: false, anchorsPerCell: 1, values: 5 },
  { kind: "yolov5", strides: STRIDES_3, isChannelMajor: false, anchorsPerCell: 3, values: 5 },
  { kind: "yolov8", strides: STRIDES_3, isChannelMajor: true, anchorsPerCell: 1, values: 4 },
  { kind: "ltrb", strides: STRIDES_4, isChannelMajor: true, anchorsPerCell: 1, values: 4 },
  { kind: "nanodet", strides: STRIDES_4, isChannelMajor: false, anchorsPerCell: 1, values: 32 },
  { kind: "nanodet", strides: STRIDES_3, isChannelMajor: false, anchorsPerCell: 1, values: 32 },
];

/** Tells from the shapes of the outputs which head a model has. */
export function inferHead(clues: HeadClues): HeadGuess {
  const { outputs, classes, kind } = clues;
  const masks = outputs.find(({ shape }) => shape.length === 4 && shape[1] === 32);
  if (masks !== undefined && outputs.length === 2) {
    return {
      kind: "none",
      message: `output "${masks.name}" is ${
        shapeText(masks.shape)
      }, as models for segmentation have it: export one for detection`,
    };
  }
  const all = outputs.flatMap((output) => headsOf(output, clues))
    .filter((head) => kind === null || head.kind === kind);
  const named = classes === null ? all : all.filter((head) => head.classes === classes);
  if (named.length === 1) return { kind: "one", head: named[0]! };
  if (named.length > 1) {
    // Nobody has 107 classes by chance where 80 explain it too.
    const coco = named.filter((head) => head.classes === COCO_CLASSES);
    if (classes === null && coco.length === 1) return { kind: "one", head: coco[0]! };
    const ways = named.map((head) => `${head.kind} with ${head.classes} classes`).join(", or ");
    return { kind: "several", heads: named, message: `its output can be read as ${ways}` };
  }
  const [near] = all;
  if (near !== undefined) {
    return {
      kind: "none",
      message:
        `output "${near.name}" has ${near.classes} classes as a ${near.kind} head, but there are ${classes} names`,
    };
  }
  return { kind: "none", message: notAny(clues) };
}

function headsOf({ name, type, shape }: TensorFact, clues: HeadClues): Head[] {
  if (type !== "float32" && type !== "float16") return [];
  const [batch, rows, columns] = shape;
  if (shape.length !== 3 || batch !== 1) return [];
  if (typeof rows !== "number" || typeof columns !== "number") return [];
  const heads: Head[] = FORMS.flatMap((form) => {
    const [anchors, values] = form.isChannelMajor ? [columns, rows] : [rows, columns];
    const classes = values - form.values;
    const fits = anchors === anchorsOf(form, clues) && classes >= 1 && classes <= MAX_CLASSES;
    return fits ? [{ name, kind: form.kind, classes, strides: [...form.strides] }] : [];
  });
  // The number of classes does not show in its shape.
  const isList = columns === 6 && rows <= MAX_BOXES && heads.length === 0;
  const isWished = columns === 6 && clues.kind === "end-to-end";
  if (isList || isWished) {
    const classes = clues.classes ?? COCO_CLASSES;
    heads.push({ name, kind: "end-to-end", classes, strides: [], boxes: rows });
  }
  return heads;
}

function anchorsOf(
  { strides, anchorsPerCell }: Form,
  { widthPx, heightPx }: Pick<HeadClues, "widthPx" | "heightPx">,
): number {
  return anchorsPerCell * strides.reduce(
    (sum, stride) => sum + Math.ceil(widthPx / stride) * Math.ceil(heightPx / stride),
    0,
  );
}

/** What would have fitted, for the sizes of this very model. */
function notAny(clues: HeadClues): string {
  const are = clues.outputs.map(({ name, type, shape }) =>
    `output "${name}" is ${type ?? "not a tensor"} ${shapeText(shape)}`
  );
  const wanted = FORMS.filter(({ kind }) => clues.kind === null || kind === clues.kind).map(
    (form) => {
      const anchors = anchorsOf(form, clues);
      const values = form.kind === "nanodet" ? "classes + 32" : `${form.values} + classes`;
      const shape = form.isChannelMajor
        ? `[1, ${values}, ${anchors}]`
        : `[1, ${anchors}, ${values}]`;
      return `${shape} (${form.kind})`;
    },
  );
  if (clues.kind === null || clues.kind === "end-to-end") wanted.push("[1, boxes, 6] (end-to-end)");
  return `${
    are.join(", ")
  }; for an input of ${clues.widthPx}x${clues.heightPx}, float32 or float16 of ${
    wanted.join(", ")
  } is expected`;
}

/** How a family of models wants to be fed, unless its owner says otherwise. */
export function usualInput(
  kind: HeadKind,
): Omit<ModelEntry["input"], "name" | "widthPx" | "heightPx"> {
  const layout = "nchw";
  if (kind === "yolox") {
    return {
      layout,
      placement: "top-left",
      pad: 114,
      order: "bgr",
      mean: [0, 0, 0],
      std: [1, 1, 1],
    };
  }
  if (kind === "nanodet") {
    const mean: [number, number, number] = [103.53, 116.28, 123.675];
    const std: [number, number, number] = [57.375, 57.12, 58.395];
    return { layout, placement: "stretch", pad: 0, order: "bgr", mean, std };
  }
  const std: [number, number, number] = [255, 255, 255];
  return { layout, placement: "center", pad: 114, order: "rgb", mean: [0, 0, 0], std };
}
