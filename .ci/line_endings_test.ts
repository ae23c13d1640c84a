import assert from "node:assert/strict";
import { ROOT, run } from "./process.ts";

/** As the images run them. */
const SCRIPTS = ["server/deploy/coturn/start.sh", "server/deploy/prometheus/start.sh", "start.sh"];

Deno.test("a clone made as on Windows has scripts that a shell can read", async () => {
  const folder = await Deno.makeTempDir();
  const git = async (...args: string[]) => {
    const { code, text } = await run(["git", "-C", folder, "-c", "core.autocrlf=true", ...args], {
      output: "keep",
    });
    assert.equal(code, 0, text);
  };
  await Deno.copyFile(`${ROOT}/.gitattributes`, `${folder}/.gitattributes`);
  for (const [at, path] of SCRIPTS.entries()) {
    await Deno.copyFile(`${ROOT}/${path}`, `${folder}/${at}.sh`);
  }
  await git("init", "--quiet");
  await git("add", ".");
  for (const at of SCRIPTS.keys()) await Deno.remove(`${folder}/${at}.sh`);
  await git("checkout", "--quiet", "--", ".");
  for (const [at, path] of SCRIPTS.entries()) {
    assert.ok(!(await Deno.readTextFile(`${folder}/${at}.sh`)).includes("\r"), path);
  }
  await Deno.remove(folder, { recursive: true });
});
