import assert from "node:assert/strict";
import { secretPaths, withSecretFiles } from "./secret_files.ts";

const NAMES = ["A_TOKEN", "B_SECRET"];
const read = (path: string) => {
  if (path === "/run/a") return "0123456789abcdef\n";
  if (path === "/dev/long") return "x".repeat(50_000);
  throw new Deno.errors.NotFound("no such file");
};

Deno.test("withSecretFiles() fills in what a file holds, without its line feed", () => {
  const env = { A_TOKEN_FILE: "/run/a", B_SECRET: "hush", A_TOKEN: "", C: "3" };
  assert.deepEqual(withSecretFiles(env, NAMES, read), { ...env, A_TOKEN: "0123456789abcdef" });
  assert.deepEqual(secretPaths(env, NAMES), ["/run/a"]);
  assert.deepEqual(withSecretFiles({ B_SECRET_FILE: "" }, NAMES, read), { B_SECRET_FILE: "" });
});

Deno.test("withSecretFiles() names the variable at fault, and never a secret", () => {
  const fails = (env: Record<string, string>, expected: RegExp) =>
    assert.throws(() => withSecretFiles(env, NAMES, read), expected);
  fails({ A_TOKEN_FILE: "/none" }, /^UsageError: A_TOKEN_FILE: cannot read \/none: no such file/);
  fails({ A_TOKEN_FILE: "/dev/long" }, /^UsageError: A_TOKEN_FILE: .* too long/);
  fails({ A_TOKEN: "hush", A_TOKEN_FILE: "/run/a" }, /^UsageError: A_TOKEN and A_TOKEN_FILE are/);
});
