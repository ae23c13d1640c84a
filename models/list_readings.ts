import type { Head, HeadClues, Reading } from "./head_clues.ts";
import {
  boxesOf,
  cellCount,
  COCO_CLASSES,
  type Flat,
  isLogit,
  MAX_QUERIES,
  STRIDE_SETS,
} from "./head_tensors.ts";

// Heads of several outputs.

/** Scores of a box where each of COCO's categories has its own number. */
const COCO_COLUMNS: ReadonlySet<number> = new Set([91, 92]);

const isCalled = (pattern: RegExp) => ({ name }: Flat) => pattern.test(name);

/** Boxes, classes and scores in outputs of their own, or boxes with scores and classes. */
export function listed(tensors: readonly Flat[], clues: HeadClues): Reading[] {
  const lists = tensors.filter(({ sizes }) => sizes.length === 1);
  const readings: Reading[] = [];
  for (const boxes of tensors.filter(({ sizes }) => sizes.length === 2)) {
    const [rows, values] = boxes.sizes as [number, number];
    const alike = lists.filter(({ sizes: [length] }) => length === rows);
    const classes = alike.find(({ isWhole }) => isWhole) ??
      alike.find(isCalled(/class|label/i));
    if (classes === undefined) continue;
    const most = boxesOf(clues, boxes.name, rows);
    const common = { strides: [], boxes: most };
    if (values === 5) {
      const outputs = [boxes.name, classes.name];
      const numbered = withNumbers("from-0", clues);
      readings.push({
        head: { outputs, kind: "mmdeploy", ...numbered, ...common },
        feed: "rtmdet",
        names: null,
        isNamed: boxes.name === "dets" && classes.name === "labels",
      });
    }
    const rest = alike.filter((list) => !list.isWhole && list !== classes);
    const scores = rest.find(isCalled(/score|conf|prob/i)) ?? rest[0];
    if (values !== 4 || scores === undefined) continue;
    const count = tensors.find((tensor) =>
      /num|count/i.test(tensor.name) && tensor.sizes.length <= 1 && (tensor.sizes[0] ?? 1) === 1
    );
    const outputs = [boxes, classes, scores, ...(count ? [count] : [])].map(({ name }) => name);
    const isTensorFlow = /detection_boxes/.test(boxes.name);
    const isOwn = clues.outputs.some(({ name }) =>
      /^(num_predictions|det_boxes|pred_boxes)$/.test(name)
    );
    if (isTensorFlow) {
      readings.push({
        head: { outputs, kind: "ssd", ...withNumbers("from-1", clues), ...common },
        feed: "tensorflow",
        names: null,
        isNamed: true,
      });
      continue;
    }
    // torchvision counts from 1, as background is 0; the others from 0.
    const numbering = isOwn || clues.isToldSize ? "from-0" : "from-1";
    readings.push({
      head: { outputs, kind: "torchvision", ...withNumbers(numbering, clues), ...common },
      // YOLO-NAS with its NMS.
      feed: isOwn ? "yolo" : "plain-stretch",
      names: null,
      isNamed: /box/i.test(boxes.name),
    });
  }
  return readings;
}

/** The classes of a head that gives their numbers; where 1 comes first COCO's have gaps. */
function withNumbers(
  numbering: "from-0" | "from-1",
  { classes, isCoco }: HeadClues,
): Pick<Head, "classes" | "numbering"> {
  const count = classes ?? COCO_CLASSES;
  if (numbering === "from-0") return { classes: count, numbering };
  return { classes: count, numbering: isCoco ? "coco" : "from-1" };
}

/** `[N, 4]` and `[N, classes]`. */
export function dividedInTwo(tensors: readonly Flat[], clues: HeadClues): Reading[] {
  const readings: Reading[] = [];
  const tables = tensors.filter(({ sizes, isWhole }) => sizes.length === 2 && !isWhole);
  for (const boxes of tables.filter(({ sizes }) => sizes[1] === 4)) {
    for (const scores of tables.filter((other) => other !== boxes)) {
      const [rows, columns] = scores.sizes as [number, number];
      if (rows !== boxes.sizes[0]) continue;
      const outputs = [boxes.name, scores.name];
      const isGrid = STRIDE_SETS.some((strides) => cellCount(strides, clues) === rows);
      const common = { strides: [], boxes: rows };
      const isHuggingFace = boxes.name === "pred_boxes" && scores.name === "logits";
      const isRfDetr = boxes.name === "dets" && scores.name === "labels";
      if (isGrid) {
        readings.push({
          head: { outputs, kind: "yolo-nas", classes: columns, ...common },
          feed: "yolo",
          names: null,
          isNamed: false,
        });
      }
      if (rows > MAX_QUERIES || (isGrid && !isHuggingFace && !isRfDetr)) continue;
      for (const one of columnReadings(columns, clues)) {
        // Hugging Face's DETR chooses among classes and "no object"; what came after scores each by itself.
        const hasNoObject = one.columns > 91 || one.columns === one.classes + 1;
        const isChoice = isHuggingFace && hasNoObject;
        const activation = isLogit(scores.name, clues)
          ? (isChoice ? "softmax" : "sigmoid")
          : "none";
        const isImageNet = isRfDetr || isChoice || COCO_COLUMNS.has(columns);
        readings.push({
          head: { outputs, kind: "detr", ...one, activation, ...common },
          feed: isImageNet ? "imagenet-stretch" : "plain-stretch",
          names: null,
          isNamed: isHuggingFace || isRfDetr,
        });
      }
    }
  }
  return readings;
}

/** Classes that so many scores may be of. */
function columnReadings(
  columns: number,
  { classes }: HeadClues,
): Required<Pick<Head, "classes" | "numbering" | "columns">>[] {
  const isCoco = COCO_COLUMNS.has(columns) && (classes ?? COCO_CLASSES) === COCO_CLASSES;
  if (isCoco) return [{ classes: COCO_CLASSES, numbering: "coco", columns }];
  const plain = [columns, columns - 1].filter((count) => count === (classes ?? count));
  if (classes === null && columns === COCO_CLASSES) plain.length = 1;
  return plain.map((count) => ({ classes: count, numbering: "from-0", columns }));
}
