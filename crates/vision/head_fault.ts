// This module is browser compatible.
import {
  type BoxesKind,
  type BoxesStructure,
  boxesStructure,
  isGridKind,
  type Part,
} from "./families.ts";
import type { VisionSpec } from "./spec.ts";

/** Scores are probabilities; half precision and int8 may be a little off. */
const SCORE_SLACK = 0.001;
/** Raw offsets of YOLOX are a few cells at most; decoded centres are anywhere in the picture. */
const MAX_OFFSET_CELLS = 20;
/** Boxes that are surer than this are looked at; what fills the places of no box may be anything. */
const LEAST_SCORE = 0.05;
/** Boxes of things that are cut off reach out of the picture, but not by much more than its size. */
const MAX_REACH = 1;
/** Of the boxes looked at so many may be odd, as nothing is trained on drawn pictures. */
const MAX_ODD_SHARE = 0.2;

/** What is wrong with a head's numbers, and in which of its tensors. */
export interface HeadFault {
  readonly tensor: number;
  /** To stand after the name of an output. */
  readonly message: string;
}

/**
 * Looks for what the numbers of one run cannot be, if the head is as specified: scores that are no
 * probabilities, boxes counted in something else, classes that are no numbers of any. `null` if nothing
 * speaks against it, which a run in which nothing was found may also do.
 *
 * @param outputs Of the lengths that `Vision.writeHead` takes.
 */
export function headFault(
  { input, head }: VisionSpec,
  outputs: readonly Float32Array[],
): HeadFault | null {
  for (const [tensor, numbers] of outputs.entries()) {
    const odd = numbers.reduce((sum, value) => Number.isFinite(value) ? sum : sum + 1, 0);
    if (odd > 0) {
      return { tensor, message: `has ${odd} of ${numbers.length} numbers that are not finite` };
    }
  }
  if (isGridKind(head.kind)) return gridFault({ input, head }, outputs[0]!);
  const structure = boxesStructure({ ...head, kind: head.kind as BoxesKind });
  const columns = columnsOf(structure, outputs);
  return scoresFault(structure, columns) ?? rowsFault(structure, columns, input);
}

/** The same numbers of all boxes. */
interface Column {
  readonly tensor: number;
  readonly rows: number;
  readonly width: number;
  at(row: number, value?: number): number;
}

type Columns = Readonly<Record<Part, Column | undefined>>;

function columnsOf(structure: BoxesStructure, outputs: readonly Float32Array[]): Columns {
  const columns: Partial<Record<Part, Column>> = {};
  for (const [tensor, parts] of structure.tensors.entries()) {
    const numbers = outputs[tensor]!;
    const values = parts.reduce((sum, [, width]) => sum + width, 0);
    const rows = numbers.length / values;
    const isRows = structure.layout === "rows";
    let from = 0;
    for (const [part, width] of parts) {
      const first = from;
      columns[part] = {
        tensor,
        rows,
        width,
        at: (row, value = 0) =>
          numbers[isRows ? row * values + first + value : (first + value) * rows + row]!,
      };
      from += width;
    }
  }
  return columns as Columns;
}

/** Logits look like scores until one is outside of 0 to 1: what is below 0 tells in any picture. */
function scoresFault({ activation }: BoxesStructure, columns: Columns): HeadFault | null {
  for (const part of ["objectness", "scores", "score"] as const) {
    const column = columns[part];
    if (column === undefined || column.rows === 0) continue;
    const { least, most } = rangeOf(column);
    const isShare = least >= -SCORE_SLACK && most <= 1 + SCORE_SLACK;
    if (isShare === (activation === "none")) continue;
    return { tensor: column.tensor, message: scoresText({ least, most }, activation !== "none") };
  }
  return null;
}

function scoresText(
  { least, most }: { readonly least: number; readonly most: number },
  areLogits: boolean,
): string {
  const range = `has scores from ${least.toFixed(2)} to ${most.toFixed(2)}`;
  return areLogits
    ? `${range}, which are probabilities, where logits are expected`
    : `${range}, expected 0 to 1; if these are logits, export it with its sigmoid`;
}

function rangeOf({ rows, width, at }: Column): { least: number; most: number } {
  let [least, most] = [Infinity, -Infinity];
  for (let row = 0; row < rows; row++) {
    for (let value = 0; value < width; value++) {
      least = Math.min(least, at(row, value));
      most = Math.max(most, at(row, value));
    }
  }
  return { least, most };
}

/** Boxes and classes of what may be an object. */
function rowsFault(
  structure: BoxesStructure,
  { box, class: classes, score, scores, objectness, count }: Columns,
  { widthPx, heightPx }: VisionSpec["input"],
): HeadFault | null {
  if (box === undefined) return null;
  const [width, height] = structure.unit === "px" ? [widthPx, heightPx] : [1, 1];
  const live = Math.min(box.rows, count?.at(0) ?? Infinity);
  const isLogit = structure.activation !== "none";
  const ids = new Set(structure.classIds);
  const odd = { inverted: 0, outside: 0, notAny: 0 };
  let [looked, largest, reach] = [0, 0, 0];
  let oddClass: number | null = null;
  for (let row = 0; row < live; row++) {
    if (!isLogit && bestOf(row, { score, scores, objectness }) < LEAST_SCORE) continue;
    const four = [box.at(row, 0), box.at(row, 1), box.at(row, 2), box.at(row, 3)] as const;
    // A place that is not filled.
    if (four.every((value) => value === 0)) continue;
    looked++;
    largest = Math.max(largest, ...four.map(Math.abs));
    const [x0, y0, x1, y1] = cornersOf(structure.format, four);
    if (x1 < x0 || y1 < y0) odd.inverted++;
    const out = Math.max(-x0 / width, -y0 / height, x1 / width - 1, y1 / height - 1);
    reach = Math.max(reach, out);
    if (out > MAX_REACH) odd.outside++;
    if (classes !== undefined && !ids.has(classes.at(row))) {
      odd.notAny++;
      oddClass = classes.at(row);
    }
  }
  const { tensor } = box;
  const isMany = (rows: number) => rows > looked * MAX_ODD_SHARE;
  if (looked === 0) return null;
  if (structure.unit === "px" && largest <= 2) {
    return {
      tensor,
      message: "has sizes of boxes below 2, expected px: they may be shares of the picture",
    };
  }
  if (isMany(odd.inverted)) {
    return {
      tensor,
      message:
        `has ${odd.inverted} of ${looked} boxes that end before they begin, read as ${structure.format}`,
    };
  }
  if (isMany(odd.outside)) {
    const unit = structure.unit === "px" ? `of an input of ${widthPx}x${heightPx}` : "0 to 1";
    return {
      tensor,
      message: `has ${odd.outside} of ${looked} boxes far outside ${unit}, by up to ${
        reach.toFixed(1)
      } times its size`,
    };
  }
  if (classes === undefined || !isMany(odd.notAny)) return null;
  return {
    tensor: classes.tensor,
    message: `has classes such as ${oddClass}, expected whole numbers from ${
      structure.classIds[0]
    } to ${structure.classIds.at(-1)}`,
  };
}

function bestOf(
  row: number,
  { score, scores, objectness }: Pick<Columns, "score" | "scores" | "objectness">,
): number {
  if (objectness !== undefined) return objectness.at(row);
  if (score !== undefined) return score.at(row);
  let best = 0;
  for (let at = 0; at < (scores?.width ?? 0); at++) best = Math.max(best, scores!.at(row, at));
  return best;
}

function cornersOf(
  format: BoxesStructure["format"],
  [a, b, c, d]: readonly [number, number, number, number],
): [number, number, number, number] {
  switch (format) {
    case "cxcywh":
      return [a - c / 2, b - d / 2, a + c / 2, b + d / 2];
    case "xyxy":
      return [a, b, c, d];
    case "yxyx":
      return [b, a, d, c];
  }
}

/** Where scores are among a grid's numbers: of each cell `from` to before `until` of `values`. */
function gridFault({ head }: VisionSpec, output: Float32Array): HeadFault | null {
  const { kind, classes } = head;
  const [values, from, until] = kind === "yolox"
    ? [classes + 5, 4, classes + 5]
    : kind === "ltrb"
    ? [classes + 4, 4, classes + 4]
    // Classes, then eight bins for each side.
    : [classes + 32, 0, classes];
  const rows = output.length / values;
  const at = (row: number, value: number) =>
    output[kind === "ltrb" ? value * rows + row : row * values + value]!;
  if (kind === "yolox") {
    let far = 0;
    for (let row = 0; row < rows; row++) if (Math.abs(at(row, 0)) > MAX_OFFSET_CELLS) far++;
    if (far > rows / 2) {
      return {
        tensor: 0,
        message: "has boxes in px, expected offsets in the grid: use --head yolov5",
      };
    }
  }
  const range = rangeOf({
    tensor: 0,
    rows,
    width: until - from,
    at: (row, value = 0) => at(row, from + value),
  });
  if (range.least >= -SCORE_SLACK && range.most <= 1 + SCORE_SLACK) return null;
  return { tensor: 0, message: scoresText(range, false) };
}
