import assert from "node:assert/strict";
import { mergeJunit, parseJunit } from "./junit.ts";

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

Deno.test("mergeJunit() has every case of its files, and their sums", () => {
  const suite = (name: string, body = "") =>
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="1" failures="${body === "" ? 0 : 1}" errors="0" time="1.250">
    <testsuite name="${name}" tests="1">
        <testcase name="x" classname="${name}">${body}</testcase>
    </testsuite>
</testsuites>`;
  const none = `<testsuites name="deno test" tests="0" failures="0" errors="0" time="0.000">
</testsuites>`;
  const merged = mergeJunit([suite("a"), "", none, suite("b", "<failure/>")]);
  assert.deepEqual(parseJunit(merged), { passed: 1, failed: ["b: x"], skipped: [] });
  assert.match(
    merged,
    /<testsuites name="deno test" tests="2" failures="1" errors="0" time="2\.500">/,
  );
});
