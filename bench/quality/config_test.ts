import assert from "node:assert/strict";
import { parseQualityArgs, QualityUsageError } from "./config.ts";

Deno.test("parseQualityArgs() fills in what is not said and takes both ways to give a value", () => {
  const both = ["nanodet-m", "yolox-nano"];
  assert.deepEqual(parseQualityArgs([]), { models: both, pictures: null });
  const wanted = { models: ["a", "b"], pictures: 5 };
  assert.deepEqual(parseQualityArgs(["--models=a,b,a", "--pictures", "5"]), wanted);
  assert.equal(parseQualityArgs(["--help"]), null);
});

Deno.test("parseQualityArgs() names the flag that it does not understand", () => {
  const wrong = [["--fast"], ["--models"], ["--pictures", "0"], ["--pictures=x"], ["-h"]];
  for (const args of wrong) {
    const flag = args[0]!.split("=")[0]!;
    const isNamed = (error: unknown) =>
      error instanceof QualityUsageError && error.message.includes(flag);
    assert.throws(() => parseQualityArgs(args), isNamed);
  }
});
