import assert from "node:assert/strict";
import { LoadUsageError, parseLoadArgs } from "./config.ts";

Deno.test("parseLoadArgs() fills in what is not said and takes both ways to give a value", () => {
  assert.deepEqual(parseLoadArgs([], "x.json"), {
    seconds: 5,
    streams: [1, 2, 4, 8, 16],
    models: [],
    output: "x.json",
  });
  const args = ["--seconds=2", "--streams", "1,3", "--model=m,n", "--output", "y.json"];
  const wanted = { seconds: 2, streams: [1, 3], models: ["m", "n"], output: "y.json" };
  assert.deepEqual(parseLoadArgs(args, "x.json"), wanted);
  assert.equal(parseLoadArgs(["--help"], "x.json"), null);
});

Deno.test("parseLoadArgs() names the flag that it does not understand", () => {
  const wrong = [["--fast"], ["--seconds"], ["--seconds", "0"], ["--streams", "1,x"], ["-h"]];
  for (const args of wrong) {
    const isNamed = (error: unknown) =>
      error instanceof LoadUsageError && error.message.includes(args[0]!);
    assert.throws(() => parseLoadArgs(args, "x.json"), isNamed);
  }
});
