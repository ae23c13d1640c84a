import assert from "node:assert/strict";
import { parseMetrics } from "@/protocol";
import { toDocument } from "./document.ts";
import { ofRuns } from "./runs.ts";
import { metricsTable } from "./table.ts";
import { exportOf, FACTS, PHONE } from "./testing/documents.ts";

const runOf = (latenciesMs: readonly number[]) =>
  toDocument([{ exported: exportOf(latenciesMs), phone: PHONE }], FACTS);

Deno.test("ofRuns: the document of the middle run, and the median of all medians", () => {
  const runs = [[100, 101, 102], [90, 91, 92], [110, 111, 112]].map(runOf);
  const metrics = parseMetrics(ofRuns(runs));
  assert.equal(metrics.median_latency_ms, 101);
  assert.deepEqual(metrics.steadiness?.median_latency_ms, { median: 101, min: 91, max: 111 });
  assert.equal(metrics.steadiness?.is_conclusive, true);
  assert.deepEqual(metrics.runs.map(({ samples }) => samples), [3, 0, 0]);
  assert.doesNotMatch(metricsTable(metrics), /differ too much/);
});

Deno.test("ofRuns: a spread that is too large is said", () => {
  const metrics = ofRuns([[100], [60], [140]].map(runOf));
  assert.equal(metrics.steadiness?.is_conclusive, false);
  assert.match(metricsTable(metrics), /The runs differ too much to conclude anything/);
});

Deno.test("ofRuns: one run stays as it is", () => {
  const run = runOf([100]);
  assert.equal(ofRuns([run]), run);
});
