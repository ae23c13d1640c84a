import type { TensorFact } from "@/protocol";
import type { HeadClues } from "./head_clues.ts";

/** Classes of COCO, of which models without names mostly are. */
export const COCO_CLASSES = 80;
/** Boxes of a model that leaves one an object, and does not say how many that may be. */
const MOST_OPEN_BOXES = 10_000;
/** Queries of DETR and its kin are some hundred; cells of grids are thousands. */
export const MAX_QUERIES = 3000;
/** Coefficients of each mask. */
export const MASK_VALUES = 32;

/** Cells of which models in use have grids. */
export const STRIDE_SETS: readonly (readonly number[])[] = [
  [8, 16, 32],
  [8, 16, 32, 64],
  [4, 8, 16, 32],
  [16, 32],
  [8, 16, 32, 64, 128],
];
/** Number of cells of grids. */
export function cellCount(
  strides: readonly number[],
  { widthPx, heightPx }: Pick<HeadClues, "widthPx" | "heightPx">,
): number {
  return strides.reduce(
    (sum, stride) => sum + Math.ceil(widthPx / stride) * Math.ceil(heightPx / stride),
    0,
  );
}

/** A tensor without its batch axis. */
export interface Flat {
  readonly name: string;
  readonly isWhole: boolean;
  readonly sizes: readonly number[];
}

/** None where it has no numbers that heads are made of. */
export function flatten({ name, type, shape }: TensorFact): Flat[] {
  const isWhole = type === "int64" || type === "int32";
  if (!isWhole && type !== "float32" && type !== "float16") return [];
  const sizes = shape.filter((size) => typeof size === "number");
  if (sizes.length < shape.length) return [];
  // A batch of one, and rows of one number.
  const inner = sizes.length > 1 && sizes[0] === 1 ? sizes.slice(1) : sizes;
  const flat = inner.length === 2 && inner[1] === 1 ? inner.slice(0, 1) : inner;
  return [{ name, isWhole, sizes: flat }];
}

/** Whether there are the prototypes of masks among the outputs. */
export function hasMaskPrototypes({ outputs }: HeadClues): boolean {
  return outputs.some(({ shape }) => shape.length === 4 && shape[1] === MASK_VALUES);
}

/** Most boxes of an output that had so many `rows` in a run. */
export function boxesOf(clues: HeadClues, name: string, rows: number): number {
  return clues.open.has(name) ? Math.max(rows, MOST_OPEN_BOXES) : rows;
}

/** By the file's own operators, else by whether any number of any run is outside of 0 to 1. */
export function isLogit(name: string, { activations, runs }: HeadClues): boolean {
  if (activations.get(name) != null) return false;
  return runs.some((outputs) =>
    outputs.find((output) => output.name === name)?.numbers
      ?.some((value) => value < -1e-3 || value > 1 + 1e-3) ?? false
  );
}
