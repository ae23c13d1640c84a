import assert from "node:assert/strict";
import { StallHistogram } from "./event_loop.ts";

Deno.test("StallHistogram knows nothing before it was told anything", () => {
  assert.deepEqual(new StallHistogram().read(), { maxMs: 0, p99Ms: null });
});

Deno.test("StallHistogram keeps the longest, and p99 to within a bucket", () => {
  const histogram = new StallHistogram();
  for (let n = 0; n < 985; n++) histogram.record(0.2);
  for (let n = 0; n < 14; n++) histogram.record(10);
  histogram.record(250);
  const { maxMs, p99Ms } = histogram.read();
  assert.equal(maxMs, 250);
  assert.ok(p99Ms !== null && p99Ms >= 10 && p99Ms < 15, String(p99Ms));
});

Deno.test("StallHistogram.read() gives no p99 above the longest", () => {
  const histogram = new StallHistogram();
  histogram.record(9);
  assert.deepEqual(histogram.read(), { maxMs: 9, p99Ms: 9 });
  histogram.record(1e9);
  histogram.record(1e9);
  assert.equal(histogram.read().p99Ms, 1e9);
});
