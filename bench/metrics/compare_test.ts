import assert from "node:assert/strict";
import { type Compared, compareTable } from "./compare.ts";
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
