import type { Feed, Head, HeadClues, Reading } from "./head_clues.ts";
import {
  boxesOf,
  cellCount,
  COCO_CLASSES,
  type Flat,
  isLogit,
  MASK_VALUES,
  MAX_QUERIES,
  STRIDE_SETS,
} from "./head_tensors.ts";

// Heads of one output.

/** Three numbers of each of the points that COCO knows of a person. */
const POSE_VALUES = 51;
/** No published model has fewer queries. */
const LEAST_QUERIES = 50;

/** All in one tensor. */
export function single(tensor: Flat, clues: HeadClues, hasMasks: boolean): Reading[] {
  const { name, sizes, isWhole } = tensor;
  const [rows, columns] = sizes;
  if (isWhole || sizes.length !== 2 || rows === undefined || columns === undefined) return [];
  return [
    ...boxByBox(name, rows, columns, { clues, hasMasks }),
    ...valueByValue(name, rows, columns, { clues, hasMasks }),
  ];
}

interface SingleOptions {
  readonly clues: HeadClues;
  readonly hasMasks: boolean;
}

/** `[boxes, values]`. */
function boxByBox(name: string, boxes: number, values: number, options: SingleOptions): Reading[] {
  const { clues, hasMasks } = options;
  const outputs = [name];
  const readings: Reading[] = [];
  const add = (head: Omit<Head, "outputs">, feed: Feed, isNamed = false) =>
    readings.push({ head: { outputs, ...head }, feed, names: null, isNamed });
  const isFixed = !clues.varying.has(name);
  const cells = STRIDE_SETS.filter((strides) => cellCount(strides, clues) === boxes);
  const isGrid = cells.length > 0;
  const isTripled = STRIDE_SETS.some((strides) => 3 * cellCount(strides, clues) === boxes);
  if (isFixed) {
    for (const strides of cells) {
      add({ kind: "yolox", classes: values - 5, strides: [...strides] }, "yolox");
      add({ kind: "nanodet", classes: values - 32, strides: [...strides] }, "nanodet");
      add({ kind: "yolov8", layout: "rows", classes: values - 4, strides: [], boxes }, "yolo");
    }
    if (isGrid || isTripled || clues.kind === "yolov5") {
      const skipped = hasMasks ? MASK_VALUES : 0;
      // YOLOX calls its output so; of those with a box for each cell no other does.
      const feed = isGrid && name === "output" ? "yolox" : "yolo";
      add({
        kind: "yolov5",
        classes: values - 5 - skipped,
        strides: [],
        boxes,
        ...(hasMasks && { skipped }),
      }, feed);
    }
  }
  if (isFixed && !isGrid && !isTripled && boxes >= LEAST_QUERIES && boxes <= MAX_QUERIES) {
    const activation = isLogit(name, clues) ? "sigmoid" : "none";
    add({ kind: "detr", classes: values - 4, strides: [], boxes, activation }, "plain-stretch");
  }
  const isList = (!isGrid && !isTripled) || !isFixed || clues.kind === "end-to-end";
  const skipped = values - 6;
  const isExtended = skipped === MASK_VALUES && hasMasks ||
    (clues.task === "pose" && skipped > 0 && skipped % 3 === 0);
  if (isList && (skipped === 0 || isExtended)) {
    add({
      kind: "end-to-end",
      classes: clues.classes ?? COCO_CLASSES,
      strides: [],
      boxes: boxesOf(clues, name, boxes),
      ...(isExtended && { skipped }),
    }, "yolo");
  }
  return readings;
}

/** `[values, boxes]`. */
function valueByValue(
  name: string,
  values: number,
  boxes: number,
  { clues, hasMasks }: SingleOptions,
): Reading[] {
  const outputs = [name];
  const { task, classes } = clues;
  const cells = STRIDE_SETS.filter((strides) => cellCount(strides, clues) === boxes);
  const readings: Reading[] = cells.filter((strides) => strides[0] === 8 && strides.length < 5)
    .map((strides) => ({
      head: { outputs, kind: "ltrb", classes: values - 4, strides: [...strides] },
      feed: "yolo",
      names: null,
      isNamed: false,
    }));
  if (boxes < values && cells.length === 0 && clues.kind !== "yolov8") return readings;
  const add = (skipped: number, over: Partial<Pick<Reading, "names" | "isNamed">> = {}) =>
    readings.push({
      head: {
        outputs,
        kind: "yolov8",
        classes: values - 4 - skipped,
        strides: [],
        boxes,
        ...(skipped > 0 && { skipped }),
      },
      feed: "yolo",
      names: null,
      isNamed: clues.isUltralytics,
      ...over,
    });
  if (task === "obb") {
    readings.push({
      head: { outputs, kind: "yolov8", classes: values - 5, strides: [], boxes, hasAngle: true },
      feed: "yolo",
      names: null,
      isNamed: true,
    });
  } else if (task === "pose" && classes !== null) {
    add(values - 4 - classes);
  } else if (hasMasks) {
    add(MASK_VALUES, { isNamed: true });
  } else {
    add(0);
    // A model for poses that does not say so: of people, whose points are as many.
    if (task === null && values === 5 + POSE_VALUES) add(POSE_VALUES, { names: ["person"] });
  }
  return readings;
}
