// This module is browser compatible.
import { type BoxesKind, boxesStructure, type HeadSpec, isGridKind } from "./families.ts";
import type { AxisSize } from "./spec.ts";

/** One of the head's tensors in the head buffer. */
export interface HeadTensor {
  /** Where it begins, in f32. */
  readonly offset: number;
  /** Most boxes. */
  readonly rows: number;
  /** Numbers of a box. */
  readonly values: number;
  readonly isColumns: boolean;
  /** Whether every run gives all of them. */
  readonly isExact: boolean;
  /** One number: how many boxes are any. */
  readonly isCount: boolean;
}

/** The tensors of a head. @param numbers Four of each, as the core says them. */
export function readTensors(numbers: Uint32Array, head: HeadSpec): HeadTensor[] {
  const structure = isGridKind(head.kind)
    ? null
    : boxesStructure({ ...head, kind: head.kind as BoxesKind });
  return Array.from({ length: numbers.length / 4 }, (_, index) => {
    const [offset, rows, values, isRows] = numbers.subarray(index * 4) as
      & Uint32Array
      & [number, number, number, number];
    const [part] = structure === null ? [] : structure.tensors[index]![0]!;
    const isCount = part === "count";
    const isExact = structure === null || isCount;
    return { offset, rows, values, isColumns: isRows === 0, isExact, isCount };
  });
}

/** Dimensions of a tensor, batch first. */
export function shapeOf(
  { rows, values, isColumns, isExact, isCount }: HeadTensor,
): readonly AxisSize[] {
  if (isCount) return Object.freeze([1]);
  const boxes = isExact ? rows : { most: rows };
  if (values === 1 && !isExact) return Object.freeze([1, boxes]);
  return Object.freeze(isColumns ? [1, values, boxes] : [1, boxes, values]);
}
