import assert from "node:assert/strict";
import { AccuracyUsageError, parseAccuracyArgs } from "./config.ts";

Deno.test("parseAccuracyArgs() takes a number of pictures", () => {
  assert.deepEqual(parseAccuracyArgs([]), { pictures: null });
  assert.deepEqual(parseAccuracyArgs(["--pictures=8"]), { pictures: 8 });
  assert.deepEqual(parseAccuracyArgs(["--pictures", "16"]), { pictures: 16 });
  assert.equal(parseAccuracyArgs(["--help"]), null);
});

Deno.test("parseAccuracyArgs() refuses the rest by name", () => {
  for (const args of [["--pictures"], ["--pictures", "0"], ["--pictures=x"], ["--model"], ["x"]]) {
    assert.throws(() => parseAccuracyArgs(args), AccuracyUsageError);
  }
});
