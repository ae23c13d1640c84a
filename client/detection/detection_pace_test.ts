import assert from "node:assert/strict";
import { paceOf, PaceSavings } from "./detection_pace.ts";

Deno.test("paceOf() is what was chosen, else 10 in profile low, else every frame", () => {
  assert.deepEqual([paceOf(null, "balanced"), paceOf(null, "low"), paceOf(null, "high")], [
    null,
    10,
    null,
  ]);
  assert.deepEqual([paceOf(6, "low"), paceOf(60, "low"), paceOf(6, "high")], [6, 60, 6]);
});

Deno.test("PaceSavings tells what every frame cost, where that was measured for the same", () => {
  const savings = new PaceSavings();
  const shares = (pace: number | null, share: number | null, sizeLevel = 0) =>
    Object.values(savings.shares({ pace, share, sizeLevel }));
  assert.deepEqual(shares(6, 0.2), [0.2, null], "never measured without");
  assert.deepEqual(shares(null, 0.9), [0.9, 0.9]);
  assert.deepEqual(shares(null, null), [null, 0.9]);
  assert.deepEqual(shares(6, null), [null, 0.9]);
  assert.deepEqual(shares(6, 0.2), [0.2, 0.9]);
  assert.deepEqual(shares(6, 0.1, 1), [0.1, null], "another size");
  savings.clear();
  assert.deepEqual(shares(6, 0.2), [0.2, null]);
});
