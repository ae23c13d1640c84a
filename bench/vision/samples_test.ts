import assert from "node:assert/strict";
import { budgets, medians, ratios } from "./samples.ts";

Deno.test("ratios() meet their targets at the bound of a minimum, not of a maximum", () => {
  const at = ratios(medians({
    letterboxSimd: [3],
    letterboxScalar: [9],
    yoloxRun: [20],
    decodeAndNms: [5],
    yolov8Run: [101],
    tracker10: [1],
    tracker100: [1],
    followFrame: [1],
    followStep: [1],
    followCatchUp: [1],
  }));
  assert.deepEqual(at.map(({ met }) => met), [true, false, true]);
});

Deno.test("budgets() are of a hundred objects, of a box and frame, and of catching up", () => {
  const within = medians({
    tracker10: [1],
    tracker100: [0.2, 0.25, 9],
    followFrame: [1],
    followStep: [0.05],
    followCatchUp: [7.9],
  });
  assert.deepEqual(budgets(within).map(({ met }) => met), [true, true, true]);
  const over = { ...within, tracker100: 0.3, followStep: 0.06, followCatchUp: 8 };
  assert.deepEqual(budgets(over).map(({ met }) => met), [false, false, false]);
});
