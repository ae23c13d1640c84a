import assert from "node:assert/strict";
import { effortFor } from "./effort.ts";
import { LOAD_LEVELS } from "./load_level.ts";

Deno.test("effortFor() never asks for more at a worse level", () => {
  for (const profile of ["low", "balanced", "high"] as const) {
    const efforts = LOAD_LEVELS.map((level) => effortFor(level, profile));
    for (const [index, { minIntervalMs, inFlight, quality }] of efforts.entries()) {
      const better = efforts[index - 1];
      if (better === undefined) continue;
      assert((minIntervalMs ?? Infinity) >= (better.minIntervalMs ?? Infinity));
      assert(inFlight <= better.inFlight);
      assert(quality.max <= better.quality.max && quality.min <= quality.max);
    }
  }
});

Deno.test("effortFor() keeps the low profile at 320×240 and 10 to 15 frames a second", () => {
  for (const level of ["full", "reduced"] as const) {
    const { boundPx, minIntervalMs } = effortFor(level, "low");
    assert.deepEqual(boundPx, { widthPx: 320, heightPx: 240 });
    assert(1000 / minIntervalMs! <= 15.01 && 1000 / minIntervalMs! >= 10);
  }
  assert.equal(effortFor("paused", "high").minIntervalMs, null);
  assert.deepEqual(effortFor("full", "balanced").minIntervalMs, 0);
});
