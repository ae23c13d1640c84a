// @all: needs packages of two registries
// Takes about 25 s, once the packages are here 5 s.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { hasPython, mustRun, pythonWith, runProgram } from "../../bench/python.ts";

const BUILD = fileURLToPath(new URL("build.sh", import.meta.url));

const canBuild = await hasPython() && (await runProgram("npm", ["--version"])).success;

Deno.test({
  name: "models/nanodet/build.sh makes the embedded model again, byte for byte",
  ignore: !canBuild,
  fn: async () => {
    const python = await pythonWith(new URL("requirements.txt", import.meta.url), "python-nanodet");
    const out = await Deno.makeTempFile({ suffix: ".onnx" });
    try {
      await mustRun("env", [`PYTHON=${python}`, BUILD, out]);
      const committed = await Deno.readFile(new URL("../nanodet-m.onnx", import.meta.url));
      assert.ok(committed.length > 0);
      assert.deepEqual(await Deno.readFile(out), committed);
    } finally {
      await Deno.remove(out);
    }
  },
});
