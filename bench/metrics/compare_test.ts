import assert from "node:assert/strict";
import { ticks } from "./charts.ts";
import { type Compared, compareTable } from "./compare.ts";
import { comparePage, distribution } from "./compare_page.ts";
import { toDocument } from "./document.ts";
import { exportOf, FACTS, PHONE } from "./testing/documents.ts";

function documentOf(name: string, latenciesMs: readonly number[]): Compared {
  return { name, metrics: toDocument([{ exported: exportOf(latenciesMs), phone: PHONE }], FACTS) };
}

Deno.test("compareTable: a column a document, and a dash where nothing was measured", () => {
  const lines = compareTable([documentOf("before", [100]), documentOf("after", [80])]);
  assert.match(lines[0]!, /before +after$/);
  assert.ok(lines.some((line) => /^latency, median ms +100\.0 +80\.0$/.test(line)));
  assert.ok(lines.some((line) => /^server, median ms +- +-$/.test(line)));
});

Deno.test("comparePage: stands alone, and names of files are no markup", () => {
  const page = comparePage([documentOf("<b>", [100, 90, 120]), documentOf("empty", [])]);
  assert.doesNotMatch(page, /<script|<b>|https?:|NaN|Infinity/);
  assert.equal(page.match(/<svg /g)?.length, 3);
});

Deno.test("distribution: ends at all of the values", () => {
  assert.deepEqual(distribution([30, 10]), [[10, 50], [30, 100]]);
});

Deno.test("ticks: round numbers up to at least the largest value", () => {
  assert.deepEqual(ticks(0.9), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticks(230), [0, 50, 100, 150, 200, 250]);
  assert.deepEqual(ticks(0), [0, 1]);
});
