import assert from "node:assert/strict";
import { listOf, number, oneOf, readFlags, text, UsageError, wholeNumber } from "./command.ts";

const COMMAND = {
  help: "",
  flags: {
    seconds: wholeNumber(3, 60, "s"),
    delay: number(0, 10),
    mode: oneOf("wasm", "server"),
    streams: listOf(wholeNumber(1, 8)),
    output: text,
    fresh: null,
  },
};

Deno.test("readFlags() takes both ways to give a value, units, lists and switches", () => {
  const args = "--seconds=10s --delay 2.5 --mode=server --streams 1,3 --output a=b --fresh";
  assert.deepEqual(readFlags(args.split(" "), COMMAND), {
    given: { seconds: 10, delay: 2.5, mode: "server", streams: [1, 3], output: "a=b", fresh: true },
    names: [],
  });
  assert.deepEqual(readFlags(["a", "--fresh", "b"], { ...COMMAND, takesNames: true })?.names, [
    "a",
    "b",
  ]);
});

Deno.test("readFlags() is null for help, wherever it stands", () => {
  assert.equal(readFlags(["--seconds", "10", "--help"], COMMAND), null);
  assert.equal(readFlags(["-h"], COMMAND), null);
});

Deno.test("readFlags() names what it does not understand", () => {
  const wrong = [
    ["--speed", "1"],
    ["--toString", "1"],
    ["-x"],
    ["name"],
    ["--seconds"],
    ["--seconds="],
    ["--seconds", "2"],
    ["--seconds", "61s"],
    ["--seconds", "3.5"],
    ["--delay", "-4"],
    ["--mode", "off"],
    ["--streams", "1,x"],
    ["--streams", "1,9"],
    ["--fresh=1"],
  ];
  for (const args of wrong) {
    const flag = args[0]!.split("=")[0]!;
    assert.throws(
      () => readFlags(args, COMMAND),
      (error) => error instanceof UsageError && error.message.includes(flag),
      args.join(" "),
    );
  }
});
