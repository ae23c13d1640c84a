import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL("./", import.meta.url));
/** Kept between runs: it takes longer to make than the model. */
const VENV = fileURLToPath(new URL("../../.out/python-nanodet", import.meta.url));

async function run(command: string, ...args: string[]): Promise<{ code: number; text: string }> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(command, { args }).output();
    const decoder = new TextDecoder();
    return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    return { code: 127, text: String(error) };
  }
}

const succeeds = async (command: string, ...args: string[]) =>
  (await run(command, ...args)).code === 0;

/** What the pinned packages need. */
const PYTHON = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";

const canBuild = await succeeds("npm", "--version") && await succeeds("python3", "-c", PYTHON);

// 5 s; 25 s the first time, for the Python packages.
Deno.test({
  name: "models/nanodet/build.sh makes the embedded model again, byte for byte",
  ignore: !canBuild,
  fn: async () => {
    const python = `${VENV}/bin/python`;
    const requirements = `${HERE}requirements.txt`;
    if (!await succeeds(python, "-m", "pip", "--version")) {
      const made = await run("python3", "-m", "venv", "--clear", VENV);
      assert.equal(made.code, 0, made.text);
    }
    const installed = await run(python, "-m", "pip", "install", "--quiet", "-r", requirements);
    assert.equal(installed.code, 0, installed.text);

    const out = await Deno.makeTempFile({ suffix: ".onnx" });
    try {
      const built = await run("env", `PYTHON=${python}`, `${HERE}build.sh`, out);
      assert.equal(built.code, 0, built.text);
      const committed = await Deno.readFile(`${HERE}../nanodet-m.onnx`);
      assert.ok(committed.length > 0);
      assert.deepEqual(await Deno.readFile(out), committed);
    } finally {
      await Deno.remove(out);
    }
  },
});
