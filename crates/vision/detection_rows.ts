// This module is browser compatible.

import type { Detection } from "./spec.ts";

/** Numbers of one detection in a row of the core's: xmin, ymin, xmax, ymax, score, class. */
export const DETECTION_VALUES = 6;

/** The detection whose row begins at `at`. */
export function detectionAt(values: Float32Array, at: number): Detection {
  const value = (index: number) => values[at + index]!;
  return {
    box: { xmin: value(0), ymin: value(1), xmax: value(2), ymax: value(3) },
    score: value(4),
    classId: value(5),
  };
}

/** Writes a detection's row from `at` on. */
export function writeDetection(
  values: Float32Array,
  at: number,
  { box, score, classId }: Detection,
): void {
  values[at] = box.xmin;
  values[at + 1] = box.ymin;
  values[at + 2] = box.xmax;
  values[at + 3] = box.ymax;
  values[at + 4] = score;
  values[at + 5] = classId;
}
