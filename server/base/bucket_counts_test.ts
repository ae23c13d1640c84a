import assert from "node:assert/strict";
import fc from "fast-check";
import { addBuckets, BucketCounter, LATENCY_BOUNDS_MS } from "./bucket_counts.ts";

const values = fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }));

function counted(list: readonly number[]) {
  const counter = new BucketCounter(LATENCY_BOUNDS_MS);
  for (const value of list) counter.record(value);
  return counter.read();
}

Deno.test("BucketCounter puts each value into the one bucket that it reaches", () => {
  fc.assert(fc.property(values, (list) => {
    const { counts, sum } = counted(list);
    const ends = [0, ...LATENCY_BOUNDS_MS, Infinity];
    const expected = ends.slice(1).map((end, at) =>
      list.filter((value) => value <= end && (value > ends[at]! || at === 0)).length
    );
    assert.deepEqual(counts, expected);
    assert.ok(Math.abs(sum - list.reduce((total, value) => total + value, 0)) <= 1e-6 * sum);
  }));
});

Deno.test("addBuckets() is as if one had counted both", () => {
  fc.assert(fc.property(values, values, (a, b) => {
    const { counts, sum } = addBuckets(counted(a), counted(b));
    const both = counted([...a, ...b]);
    assert.deepEqual(counts, both.counts);
    assert.ok(Math.abs(sum - both.sum) <= 1e-6 * both.sum);
  }));
});
