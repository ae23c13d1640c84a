import { headFault, isGridKind } from "@/vision";
import type { Head, HeadClues, Reading } from "./head_clues.ts";
import { cellCount, STRIDE_SETS } from "./head_tensors.ts";

/** What the numbers of some runs say about a reading. */
export interface Evidence {
  /** Why it cannot be, as a sentence without its end; `null`: nothing speaks against it. */
  readonly fault: string | null;
  /** Whether the boxes are where they belong if it is right; `null`: that does not show. */
  readonly fits: boolean | null;
}

/** So many boxes must be near their cells for all of them to be. */
const NEAR_SHARE = 0.6;
/** More that are all the same say nothing. */
const MAX_SAME_SHARE = 0.9;

/** Compares a reading with what a model gave for the pictures that it was tried on. */
export function evidenceOf({ head }: Reading, clues: HeadClues): Evidence {
  const { widthPx, heightPx, runs } = clues;
  const input = { widthPx, heightPx, placement: "stretch", pad: 0, order: "rgb" } as const;
  const spec = {
    input: { ...input, mean: [0, 0, 0], std: [1, 1, 1] },
    head,
  } as const;
  let fits: boolean | null = null;
  for (const run of runs) {
    const outputs = head.outputs.map((name) => run.find((output) => output.name === name)?.numbers);
    if (outputs.some((numbers) => numbers == null)) continue;
    const numbers = outputs as Float32Array[];
    const fault = headFault(spec, numbers);
    if (fault !== null) {
      return { fault: `output "${head.outputs[fault.tensor]}" ${fault.message}`, fits };
    }
    fits = isWhereItBelongs(head, numbers[0]!, clues) ?? fits;
  }
  return { fault: null, fits };
}

/**
 * Boxes that the graph has worked out are near their cells, all over the picture; what is still to be
 * worked out is not.
 */
function isWhereItBelongs(head: Head, numbers: Float32Array, clues: HeadClues): boolean | null {
  const isGrid = isGridKind(head.kind) && head.kind !== "nanodet";
  if (!isGrid && head.kind !== "yolov8" && head.kind !== "yolov5") return null;
  const isColumns = head.kind === "ltrb" || (head.kind === "yolov8" && head.layout !== "rows");
  const extra = head.kind === "yolox" || head.kind === "yolov5" ? 5 : 4;
  const values = extra + head.classes + (head.skipped ?? 0) + (head.hasAngle ? 1 : 0);
  const rows = numbers.length / values;
  const strides = STRIDE_SETS.find((set) => cellCount(set, clues) === rows);
  if (strides === undefined) return null;
  const at = (row: number, value: number) =>
    numbers[isColumns ? value * rows + row : row * values + value]!;
  const isNear = nearCells(at, strides, clues);
  return isNear === null ? null : isNear !== isGrid;
}

/** `null` where nearly all are the same, and so nowhere. */
function nearCells(
  at: (row: number, value: number) => number,
  strides: readonly number[],
  { widthPx, heightPx }: HeadClues,
): boolean | null {
  let [row, same, nearX, nearY] = [0, 0, 0, 0];
  for (const stride of strides) {
    const columns = Math.ceil(widthPx / stride);
    const count = columns * Math.ceil(heightPx / stride);
    const reach = (side: number) => Math.max(stride, Math.min(8 * stride, side / 8));
    for (let cell = 0; cell < count; cell++, row++) {
      const x = (cell % columns + 0.5) * stride;
      const y = (Math.floor(cell / columns) + 0.5) * stride;
      if (at(row, 0) === at(0, 0) && at(row, 1) === at(0, 1)) same++;
      if (Math.abs(at(row, 0) - x) <= reach(widthPx)) nearX++;
      if (Math.abs(at(row, 1) - y) <= reach(heightPx)) nearY++;
    }
  }
  if (same > row * MAX_SAME_SHARE) return null;
  return Math.max(nearX, nearY) > row * NEAR_SHARE;
}
