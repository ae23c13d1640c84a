import assert from "node:assert/strict";
import fc from "fast-check";
import { quantile, spreadOf } from "./quantiles.ts";

Deno.test("quantile: at least the share does not exceed it, and none smaller does so", () => {
  const values = fc.array(fc.double({ noNaN: true }), { minLength: 1 });
  fc.assert(fc.property(values, fc.double({ min: 0.001, max: 1, noNaN: true }), (list, share) => {
    const found = quantile(list, share)!;
    const atMost = list.filter((value) => value <= found).length;
    const under = list.filter((value) => value < found).length;
    return list.includes(found) && atMost >= share * list.length && under < share * list.length;
  }));
});

Deno.test("quantile: of no value there is none", () => {
  assert.deepEqual(spreadOf([]), { median: null, p95: null });
});
