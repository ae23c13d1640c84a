import assert from "node:assert/strict";
import { DEFAULTS, DemoUsageError, parseDemoArgs } from "./config.ts";

Deno.test("parseDemoArgs() reads both ways of writing; without any, a minute in both modes", () => {
  assert.deepEqual(parseDemoArgs([]), DEFAULTS);
  assert.deepEqual(parseDemoArgs(["--seconds", "10", "--output=a.webm", "--mode=server"]), {
    ...DEFAULTS,
    seconds: 10,
    output: "a.webm",
    mode: "server",
  });
  assert.equal(parseDemoArgs(["--seconds", "10", "--help"]), null);
});

Deno.test("parseDemoArgs() refuses by name what it does not understand", () => {
  const refused = [
    ["--seconds", "9"],
    ["--seconds=301"],
    ["--seconds", "x"],
    ["--mode", "auto"],
    ["--scheme=blue"],
    ["--output"],
    ["--toString", "x"],
    ["demo.webm"],
  ];
  for (const args of refused) {
    const flag = args[0]!.split("=")[0]!;
    assert.throws(() => parseDemoArgs(args), (error) => {
      return error instanceof DemoUsageError && error.message.includes(flag);
    });
  }
});
