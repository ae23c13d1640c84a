import assert from "node:assert/strict";
import fc from "fast-check";
import { WindowExtreme } from "./window_extreme.ts";

Deno.test("WindowExtreme gives the least and the most of the values in its window", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer()));
  fc.assert(fc.property(steps, (values) => {
    const least = new WindowExtreme(1_000, "least");
    const most = new WindowExtreme(1_000, "most");
    const all: { atMs: number; value: number }[] = [];
    let nowMs = 0;
    for (const [stepMs, value] of values) {
      nowMs += stepMs;
      all.push({ atMs: nowMs, value });
      least.add(nowMs, value);
      most.add(nowMs, value);
      const inside = all.filter(({ atMs }) => atMs >= nowMs - 1_000).map((entry) => entry.value);
      assert.equal(least.value, Math.min(...inside));
      assert.equal(most.value, Math.max(...inside));
    }
  }));
});
