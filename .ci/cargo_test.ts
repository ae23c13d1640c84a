import assert from "node:assert/strict";
import { parseCargoTest } from "./cargo.ts";

Deno.test("parseCargoTest() adds up every binary", () => {
  const counts = parseCargoTest(`
running 2 tests
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s
   Doc-tests vision
test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
`);
  assert.deepEqual(counts, { passed: 5, failed: 1, ignored: 2 });
});

Deno.test("parseCargoTest() finds nothing where the build failed", () => {
  assert.deepEqual(parseCargoTest("error: could not compile"), {
    passed: 0,
    failed: 0,
    ignored: 0,
  });
});
