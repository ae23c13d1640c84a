import assert from "node:assert/strict";
import { closingLine, failWhenEmpty, reportLines, type SuiteResult, sumUp } from "./report.ts";

const unit: SuiteResult = { name: "unit", passed: 3, failed: 1, skipped: ["a: x"], seconds: 1.26 };
const rust: SuiteResult = {
  name: "rust",
  passed: 0,
  failed: 0,
  skipped: [],
  notRun: "no Rust",
  seconds: 0,
};

Deno.test("closingLine() names skipped tests only when there are some", () => {
  assert.equal(closingLine(sumUp([unit, rust])), "3 passed, 1 failed, 1 skipped");
  assert.equal(closingLine({ passed: 2, failed: 0, skipped: 0 }), "2 passed, 0 failed");
});

Deno.test("failWhenEmpty() fails a suite that ran nothing, but not one that could not run", () => {
  assert.equal(failWhenEmpty({ ...unit, passed: 0, failed: 0, skipped: [] }).failed, 1);
  assert.equal(failWhenEmpty(unit).failed, 1);
  assert.equal(failWhenEmpty(rust).failed, 0);
});

Deno.test("reportLines() lists what failed, suites, why one did not run, and skipped tests by name", () => {
  const text = reportLines([{
    ...unit,
    secondTries: ["b_test.ts"],
    reasons: ["c_test.ts\n1 !== 2"],
  }, rust]).join("\n");
  assert.match(text, /^failed: unit: c_test\.ts\n1 !== 2$/m);
  assert.match(text, /^unit +3 +1 +1 +1\.3$/m);
  assert.match(text, /^rust +not run: no Rust$/m);
  assert.match(text, /^skipped by name: unit: a: x$/m);
  assert.match(text, /^failed among others, passed alone: unit: b_test\.ts$/m);
});
