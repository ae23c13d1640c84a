import assert from "node:assert/strict";
import { ROOT, startServer } from "../server.ts";

/** The one command, as a person types it. */

async function start(...flags: string[]): Promise<{ code: number; text: string }> {
  const command = new Deno.Command(`${ROOT}/start.sh`, { args: flags, stdin: "null" });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("start.sh --help lists the flags and starts nothing", async () => {
  const { code, text } = await start("--help");
  assert.equal(code, 0);
  const flags = ["mode", "port", "https-port", "host", "public-host", "model", "profile"];
  for (const flag of flags) assert.match(text, new RegExp(`--${flag}\\b`));
  assert(!text.includes("listening"));
});

Deno.test("start.sh refuses an unknown flag by name with status 2", async () => {
  const { code, text } = await start("--prot", "3000");
  assert.equal(code, 2);
  assert.match(text, /--prot\b/);
});

Deno.test("start.sh refuses a mode that does not exist with status 2", async () => {
  const { code, text } = await start("--mode", "telepathy");
  assert.equal(code, 2);
  assert.match(text, /--mode/);
});

Deno.test("start.sh names a port that is taken, and the flag that changes it, with status 3", async () => {
  await using server = await startServer();
  const port = String(server.ports.https);
  const { code, text } = await start("--port", "0", "--https-port", port, "--host", "127.0.0.1");
  assert.equal(code, 3);
  assert.match(text, new RegExp(`\\b${port}\\b`));
  assert.match(text, /--https-port/);
});

Deno.test("SIGINT and SIGTERM to start.sh end everything in two seconds with status 0", async () => {
  const server = await startServer();
  await using _ = server;
  await server.stop();
  await server.start();
  await server.stop("SIGINT");
});
