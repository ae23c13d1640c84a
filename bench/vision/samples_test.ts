import assert from "node:assert/strict";
import { budget, medians, ratios } from "./samples.ts";

Deno.test("ratios() meet their targets at the bound of a minimum, not of a maximum", () => {
  const at = ratios(medians({
    letterboxSimd: [3],
    letterboxScalar: [9],
    yoloxRun: [20],
    decodeAndNms: [5],
    yolov8Run: [101],
    tracker10: [1],
    tracker100: [1],
  }));
  assert.deepEqual(at.map(({ met }) => met), [true, false, true]);
});

Deno.test("budget() is of a hundred objects", () => {
  assert.equal(budget(medians({ tracker10: [1], tracker100: [0.2, 0.25, 9] })).met, true);
  assert.equal(budget({ tracker10: 0.1, tracker100: 0.3 }).met, false);
});
