import assert from "node:assert/strict";
import { joinOf, newRoom, openPosts, PageClient } from "./link/testing/link_clients.ts";
import { ServerProcess } from "./testing/server_process.ts";

async function run(args: readonly string[]): Promise<{ code: number; out: string; log: string }> {
  await using server = new ServerProcess(args);
  return await server.ended();
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test({
    name: `main() tells its sockets and ends with 0 on ${signal}`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using server = new ServerProcess();
      const ports = await server.listening();
      const origin = `http://127.0.0.1:${ports.http}`;
      const room = newRoom();
      await using owner = await PageClient.join(origin, joinOf(room, "owner"));
      assert.equal((await owner.control.next())?.type, "models");
      await using phone = await PageClient.join(origin, joinOf(room, "phone"), openPosts);
      await owner.next("peer-joined");

      const cert = await Deno.readTextFile(`${server.dataDir}/tls/cert.pem`);
      using client = Deno.createHttpClient({ caCerts: [cert] });
      const health = await fetch(`https://127.0.0.1:${ports.https}/healthz`, { client });
      assert.equal((await health.json()).app, "peerlens");

      const ended = server.stop(signal);
      for (const { control } of [owner, phone]) {
        const farewell = await control.next();
        assert.ok(farewell?.type === "error" && farewell.code === "server-closing");
        assert.equal(await control.next(), null);
      }
      const { code, out, log } = await ended;
      assert.equal(code, 0, log);
      assert.match(out, /Certificate: made for localhost, /);
      assert.ok(out.includes(`On this computer:  http://localhost:${ports.http}/`));
      for (const secret of [room.roomId, ...Object.values(room.tokens)]) {
        assert.ok(!(out + log).includes(secret));
      }
    },
  });
}

Deno.test("main() ends with 3 and a sentence on an address that this computer does not have", async () => {
  // TEST-NET-1 (RFC 5737): nobody's address.
  const { code, log } = await run(["--host", "192.0.2.123"]);
  assert.equal(code, 3, log);
  assert.match(log, /--host does not belong to this computer/);
});

Deno.test("main() names the port that is taken and the flag that changes it", async () => {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  const http = await run(["--port", String(port)]);
  assert.equal(http.code, 3, http.log);
  assert.equal(http.log, `Port ${port} is taken: choose another one with --port`);
  const https = await run(["--https-port", String(port)]);
  assert.equal(https.code, 3, https.log);
  assert.equal(https.log, `Port ${port} is taken: choose another one with --https-port`);
});

Deno.test("main() ends with 2 and a sentence for what was typed wrong", async () => {
  const cases: [string[], RegExp][] = [
    [["--prot", "1"], /^Unknown flag: --prot \(did you mean --port\?\)$/],
    [["--mode", "fast"], /^--mode must be one of wasm, server, auto: fast/],
    [["--model", "none-such"], /^--model names no model that is here: none-such \(present: /],
    [["--nats", "nats://127.0.0.1:1", "--nats-creds", "no.creds"], /^Cannot read no\.creds: /],
    [["--tls-cert", "no.pem", "--tls-key", "no.key"], /^--tls-cert: cannot read no\.pem/],
  ];
  for (const [args, expected] of cases) {
    const { code, log } = await run(args);
    assert.equal(code, 2, log);
    assert.match(log, expected);
  }
});

Deno.test({
  name: "main() never comes to the limit of open files, and is there again after a flood",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using server = new ServerProcess([], { env: { PEERLENS_OPEN_FILES: "160" } });
    const ports = await server.listening();
    const limit = ["--pid", String(server.pid), "--nofile=160:160"];
    assert.ok((await new Deno.Command("prlimit", { args: limit }).output()).success);
    const openFiles = () => [...Deno.readDirSync(`/proc/${server.pid}/fd`)].length;
    const held: Deno.TcpConn[] = [];
    let most = 0;
    for (let n = 0; n < 400; n++) {
      const port = n % 2 === 0 ? ports.http : ports.https;
      held.push(await Deno.connect({ hostname: "127.0.0.1", port }));
      most = Math.max(most, openFiles());
    }
    for (const conn of held) conn.close();
    assert.ok(most < 160, `${most}`);

    const cert = await Deno.readTextFile(`${server.dataDir}/tls/cert.pem`);
    using client = Deno.createHttpClient({ caCerts: [cert] });
    for (const origin of [`http://127.0.0.1:${ports.http}`, `https://127.0.0.1:${ports.https}`]) {
      const answer = await untilAnswered(() => fetch(`${origin}/readyz`, { client }));
      const { reasons } = await answer.json();
      assert.ok(!reasons.some((reason: string) => reason.includes("port")), reasons.join());
    }
    const metrics = await (await fetch(`http://127.0.0.1:${ports.http}/metrics`)).text();
    const refused = /connections_refused_total\{cause="too-many"\} (\d+)/.exec(metrics)?.[1];
    assert.ok(Number(refused) > 200, refused!);
    await server.stop("SIGTERM");
  },
});

/** The places of a flood are free a moment after it. */
async function untilAnswered(ask: () => Promise<Response>): Promise<Response> {
  for (let tries = 0;; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
