import assert from "node:assert/strict";
import { timingOf } from "./timing.ts";

Deno.test("timingOf() gives medians, and shares of what the reference took in the same round", () => {
  // The machine is slow in the second round, for both.
  const times = { native: [2, 20, 2], wasm: [10, 100, 12] };
  const reference = { native: [4, 40, 4], wasm: [20, 200, 20] };
  assert.deepEqual(timingOf(times, reference), {
    nativeMs: 2,
    wasmMs: 12,
    nativeShare: 0.5,
    wasmShare: 0.5,
  });
  assert.equal(timingOf(times, undefined).wasmShare, null);
});
