import assert from "node:assert/strict";
import { ServerProcess } from "../testing/server_process.ts";
import { tempFolder } from "../testing/temp_folder.ts";
import { hasNats, startNats } from "../../bench/nats_server.ts";

const ignore = !await hasNats();
const TOKEN = "a-token-of-the-test";

Deno.test({
  name:
    "the server reaches NATS with its own permissions, says when it is away, and needs no restart",
  ignore,
  fn: async () => {
    await using nats = await startNats({ lines: [`authorization { token: "${TOKEN}" }`] });
    await using folder = await tempFolder();
    const secret = `${folder.path}/token`;
    await Deno.writeTextFile(secret, `${TOKEN}\n`);
    const args = ["--nats", nats.url.replace("127.0.0.1", "localhost")];
    const env = { PEERLENS_NATS_TOKEN_FILE: secret };
    await using server = new ServerProcess(args, { env });
    const origin = await server.origin();
    const readyz = async () => (await (await fetch(`${origin}/readyz`)).json()).nats;
    assert.equal(await readyz(), "connected");
    await nats.signal("SIGKILL");
    await server.event("nats away");
    assert.match(await readyz(), /^away: /);
    const from = server.log.length;
    await nats.start();
    await server.event("nats connected", from);
    assert.equal(await readyz(), "connected");
    const { code, log } = await server.stop("SIGTERM");
    assert.equal(code, 0, log);
    assert.ok(!log.includes(TOKEN));
  },
});

Deno.test({
  name: "the server ends with 2 and a sentence where NATS does not let it in",
  ignore,
  fn: async () => {
    await using nats = await startNats({ lines: [`authorization { token: "${TOKEN}" }`] });
    const env = { PEERLENS_NATS_TOKEN: "another-token-here" };
    await using server = new ServerProcess(["--nats", nats.url], { env });
    const { code, log } = await server.ended();
    assert.equal(code, 2, log);
    assert.match(log, /^NATS at 127\.0\.0\.1:\d+ does not let us in/m);
    assert.ok(!log.includes("another-token-here"));
  },
});
