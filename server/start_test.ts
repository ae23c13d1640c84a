import assert from "node:assert/strict";
import { tempFolder } from "./testing/temp_folder.ts";

const ROOT = new URL("../", import.meta.url);

/** The launcher as an image starts it. Nothing is to be served: it has a fault to speak of. */
function inImage(env: Record<string, string>, args: readonly string[] = []) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-P=start", "server/start.ts", ...args],
    cwd: ROOT,
    env: { PEERLENS_PREBUILT: "1", PEERLENS_HOST: "127.0.0.1", NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  return child;
}

async function ended(env: Record<string, string>, args?: readonly string[]) {
  const { code, stderr } = await inImage(env, args).output();
  return { code, text: new TextDecoder().decode(stderr) };
}

Deno.test("in an image the launcher names variables, and refuses what its health check could not follow", async () => {
  const { code, text } = await ended({ PEERLENS_PORT: "70000" });
  assert.deepEqual([code, text.includes("PEERLENS_PORT")], [2, true], text);
  const zero = await ended({ PEERLENS_PORT: "0" });
  assert.equal(zero.code, 2);
  assert.match(zero.text, /^PEERLENS_PORT must be 1 to 65535 here/);
  const flag = await ended({}, ["--port", "4000"]);
  assert.equal(flag.code, 2);
  assert.match(flag.text, /^Set PEERLENS_PORT, which is no flag here/);
});

Deno.test("in an image a port that is taken is named by its variable, with a status of its own", async () => {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  await using folder = await tempFolder();
  const { port } = listener.addr;
  const { code, text } = await ended({
    PEERLENS_PORT: String(port),
    PEERLENS_HTTPS_PORT: "0",
    PEERLENS_DATA_DIR: folder.path,
  });
  assert.deepEqual([code, text], [
    3,
    `Port ${port} is taken: choose another one with PEERLENS_PORT\n`,
  ]);
});

Deno.test({
  name:
    "a container that would be started again and again says what is wrong once, and waits for its end",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const child = inImage({ MODE: "wrong", PEERLENS_ON_FAULT: "wait" });
    let text = "";
    let isStopped = false;
    for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (isStopped || !text.includes("Nothing is served")) continue;
      isStopped = true;
      child.kill("SIGTERM");
    }
    assert.equal((await child.status).code, 2);
    assert.match(text, /^MODE must be one of .*: wrong\nNothing is served until .*\n$/);
  },
});
