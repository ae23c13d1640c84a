import assert from "node:assert/strict";
import { loadConfig } from "./config.ts";
import { parseFlags } from "./flags.ts";
import { serverPermissions } from "./permissions.ts";
import { joinOf, newRoom, openSocket, openSse } from "./signaling/carrier_clients.ts";

/** The real process with the permissions that it really gets. */
class ServerProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #out: Promise<string>;
  readonly #lines: AsyncGenerator<string>;
  readonly log: string[] = [];

  constructor(args: readonly string[], dataDir: string) {
    const env = { PEERLENS_DATA_DIR: dataDir, PEERLENS_HOST: "127.0.0.1", MODE: "wasm" };
    const probe = loadConfig({ env, flags: parseFlags(["--port", "0"]) });
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", ...serverPermissions(probe), "server/main.ts", ...args],
      cwd: new URL("../", import.meta.url),
      env: { ...env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#out = new Response(this.#child.stdout).text();
    this.#lines = linesOf(this.#child.stderr);
  }

  /** The ports, once it listens. */
  async listening(): Promise<{ http: number; https: number }> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      assert.ok(!done, `The server ended before it listened: ${this.log.join("\n")}`);
      this.log.push(value);
      const event = JSON.parse(value);
      if (event.event === "listening") return event;
    }
  }

  async stop(signal: Deno.Signal): Promise<{ code: number; out: string; log: string }> {
    this.#child.kill(signal);
    return await this.ended();
  }

  async ended(): Promise<{ code: number; out: string; log: string }> {
    for await (const line of this.#lines) this.log.push(line);
    const { code } = await this.#child.status;
    return { code, out: await this.#out, log: this.log.join("\n") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.ended();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

const FREE_PORTS = ["--port", "0", "--https-port", "0"];

async function run(args: readonly string[]): Promise<{ code: number; out: string; log: string }> {
  const dataDir = await Deno.makeTempDir();
  await using server = new ServerProcess(args, dataDir);
  const result = await server.ended();
  await Deno.remove(dataDir, { recursive: true });
  return result;
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test({
    name: `main() tells its sockets and ends with 0 on ${signal}`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const dataDir = await Deno.makeTempDir();
      await using server = new ServerProcess(FREE_PORTS, dataDir);
      const ports = await server.listening();
      const origin = `http://127.0.0.1:${ports.http}`;
      const room = newRoom();
      await using socket = await openSocket(origin);
      await socket.sendText(JSON.stringify(joinOf(room, "owner")));
      assert.equal((await socket.next())?.type, "joined");
      await using stream = await openSse(origin);
      await stream.sendText(JSON.stringify(joinOf(room, "phone")));
      assert.equal((await stream.next())?.type, "joined");
      assert.equal((await socket.next())?.type, "peer-joined");

      const cert = await Deno.readTextFile(`${dataDir}/tls/cert.pem`);
      using client = Deno.createHttpClient({ caCerts: [cert] });
      const health = await fetch(`https://127.0.0.1:${ports.https}/healthz`, { client });
      assert.equal((await health.json()).app, "peerlens");

      const ended = server.stop(signal);
      for (const carrier of [socket, stream]) {
        const farewell = await carrier.next();
        assert.ok(farewell?.type === "error" && farewell.code === "server-closing");
        assert.equal(await carrier.next(), null);
      }
      const { code, out, log } = await ended;
      assert.equal(code, 0, log);
      assert.match(out, /Certificate: made for localhost, /);
      assert.ok(out.includes(`On this computer:  http://localhost:${ports.http}/`));
      for (const secret of [room.roomId, ...Object.values(room.tokens)]) {
        assert.ok(!(out + log).includes(secret));
      }
      await Deno.remove(dataDir, { recursive: true });
    },
  });
}

Deno.test("main() names the port that is taken and the flag that changes it", async () => {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  const http = await run(["--port", String(port), "--https-port", "0"]);
  assert.equal(http.code, 1, http.log);
  assert.equal(http.log, `Port ${port} is taken: choose another one with --port`);
  const https = await run(["--port", "0", "--https-port", String(port)]);
  assert.equal(https.code, 1, https.log);
  assert.equal(https.log, `Port ${port} is taken: choose another one with --https-port`);
});

Deno.test("main() ends with 2 and a sentence for what was typed wrong", async () => {
  const cases: [string[], RegExp][] = [
    [["--prot", "1"], /^Unknown flag: --prot \(did you mean --port\?\)$/],
    [["--mode", "fast"], /^--mode must be one of wasm, server, auto: fast/],
    [["--model", "none-such"], /^--model names no model that is here: none-such \(present: /],
    [["--tls-cert", "no.pem", "--tls-key", "no.key"], /^--tls-cert: cannot read no\.pem/],
  ];
  for (const [args, expected] of cases) {
    const { code, log } = await run([...args, ...FREE_PORTS]);
    assert.equal(code, 2, log);
    assert.match(log, expected);
  }
});
