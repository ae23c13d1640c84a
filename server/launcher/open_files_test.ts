import assert from "node:assert/strict";
import { openFilesEnv } from "./open_files.ts";

Deno.test({
  name: "openFilesEnv() says what the system allows, with no more than a launcher may",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const module = import.meta.resolve("./open_files.ts");
    const code = `import { openFilesEnv } from "${module}";
      console.log(JSON.stringify(await openFilesEnv(() => undefined)));`;
    const launcher = `data:application/typescript,${encodeURIComponent(code)}`;
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", 'ulimit -n 300 && exec "$0" "$@"', Deno.execPath()].concat([
        ...["run", "--quiet", "--no-prompt", "--allow-read", "--allow-env", "--allow-run"],
        ...["--no-check", launcher],
      ]),
    }).output();
    assert.equal(new TextDecoder().decode(stdout), '{"PEERLENS_OPEN_FILES":"300"}\n');
  },
});

Deno.test("openFilesEnv() leaves alone what somebody chose", async () => {
  assert.deepEqual(await openFilesEnv(() => "64"), {});
});
