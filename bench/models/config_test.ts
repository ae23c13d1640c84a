import assert from "node:assert/strict";
import { ModelsUsageError, parseModelsArgs } from "./config.ts";

Deno.test("parseModelsArgs() takes models, numbers of pictures and rounds", () => {
  assert.deepEqual(parseModelsArgs([]), { ids: [], pictures: null, rounds: 20 });
  assert.deepEqual(parseModelsArgs(["a", "--pictures=8", "b", "a", "--rounds", "3"]), {
    ids: ["a", "b"],
    pictures: 8,
    rounds: 3,
  });
  assert.equal(parseModelsArgs(["a", "--help"]), null);
});

Deno.test("parseModelsArgs() refuses the rest by name", () => {
  for (const args of [["--rounds", "0"], ["--rounds"], ["--pictures=x"], ["--nothing"], ["-x"]]) {
    assert.throws(() => parseModelsArgs(args), ModelsUsageError);
  }
});
