import assert from "node:assert/strict";
import { marksOf } from "./marks.ts";

Deno.test("marksOf() reads what a file says before its first import", () => {
  const text = `// @all: a bench's own run
// @alone: limits the CPU
// @network: makes others in it
/** Takes about 180 s on two cores. */
import assert from "node:assert/strict";
`;
  assert.deepEqual(marksOf(text), {
    isForAll: true,
    isAlone: true,
    hasOwnNetwork: true,
    seconds: 180,
  });
});

Deno.test("marksOf() takes no mark from the code, and none without a reason", () => {
  const text = `// @alone
// @network
import assert from "node:assert/strict";
// @all: in a string of a test
`;
  assert.deepEqual(marksOf(text), {
    isForAll: false,
    isAlone: false,
    hasOwnNetwork: false,
    seconds: null,
  });
});
