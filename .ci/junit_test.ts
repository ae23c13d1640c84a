import assert from "node:assert/strict";
import { parseJunit } from "./junit.ts";

Deno.test("parseJunit() counts passed, failed and skipped cases and gives their names", () => {
  const counts = parseJunit(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="5" failures="1" errors="0" time="0.008">
    <testsuite name="./j/a_test.ts" tests="5" disabled="2" errors="0" failures="1">
        <testcase name="one &amp; &lt;two&gt;" classname="./j/a_test.ts" time="0.000" line="2" col="6">
        </testcase>
        <testcase name="closed" classname="./j/a_test.ts" time="0.000"/>
        <testcase name="left &quot;out&quot;" classname="./j/a_test.ts" time="0.000">
            <skipped/>
        </testcase>
        <testcase name="bad" classname="./j/a_test.ts" time="0.001">
            <failure message="1 !== 2">at a &lt;testcase&gt; of its own</failure>
        </testcase>
        <testcase name="bad &gt; step &#39;s&#39;" classname="./j/a_test.ts" time="0.000">
            <skipped/>
        </testcase>
    </testsuite>
</testsuites>`);
  assert.deepEqual(counts, {
    passed: 2,
    failed: ["j/a_test.ts: bad"],
    skipped: ['j/a_test.ts: left "out"', "j/a_test.ts: bad > step 's'"],
  });
});

Deno.test("parseJunit() finds nothing in an empty file", () => {
  assert.deepEqual(parseJunit(""), { passed: 0, failed: [], skipped: [] });
});
