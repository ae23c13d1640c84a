import assert from "node:assert/strict";
import { FLAGS, helpText, parseFlags, UsageError } from "./flags.ts";

Deno.test("parseFlags() takes values after a space or an equals sign, and switches", () => {
  assert.deepEqual(parseFlags(["--port", "80", "--public-host=my.host:8443", "--no-qr"]), {
    port: "80",
    "public-host": "my.host:8443",
    "no-qr": "true",
  });
});

Deno.test("parseFlags() names an unknown flag and the one that was probably meant", () => {
  assert.throws(() => parseFlags(["--prot", "1"]), {
    name: "UsageError",
    message: "Unknown flag: --prot (did you mean --port?)",
  });
  assert.throws(() => parseFlags(["--https-prot=1"]), /--https-prot .*--https-port\?/);
  assert.throws(() => parseFlags(["--zzzzzzzz"]), /--zzzzzzzz \(--help lists all flags\)/);
  assert.throws(() => parseFlags(["wasm"]), /Unknown argument: wasm/);
  assert.throws(() => parseFlags(["-p", "1"]), /Unknown flag: -p/);
});

Deno.test("parseFlags() refuses a flag without its value, and a switch with one", () => {
  assert.throws(() => parseFlags(["--port"]), /--port needs a value/);
  assert.throws(() => parseFlags(["--port", "--no-qr"]), /--port needs a value/);
  assert.throws(() => parseFlags(["--port="]), /--port needs a value/);
  assert.throws(() => parseFlags(["--no-qr=1"]), UsageError);
});

Deno.test("helpText() lists every flag with its default and its variable", () => {
  const help = helpText();
  for (const { name, env, fallback } of FLAGS) {
    assert.ok(help.includes(`--${name}`));
    if (env !== "none") assert.ok(help.includes(`(default: ${fallback}; env ${env})`));
  }
});
