// Takes about 10 s: each test starts processes.
import assert from "node:assert/strict";
import { request as askHttp } from "node:http";
import { joinOf, newRoom, openPosts, PageClient } from "../link/testing/link_clients.ts";
import { ServerProcess } from "../testing/server_process.ts";
import { type StandInOptions, standInService } from "./testing/stand_in_service.ts";
import { TUNNEL_NAMES, type TunnelName } from "../base/config.ts";
import { TUNNEL_TOOLS } from "./tunnel_tools.ts";

/**
 * The real server against stand-ins for the programs of the three services, which were never reached
 * from here: what they write is taken from their documentation and from reports of their users.
 */

const POSIX = { ignore: Deno.build.os === "windows" };

async function open(options: StandInOptions, args: readonly string[] = []) {
  await using stack = new AsyncDisposableStack();
  const service = stack.use(await standInService(options));
  const flags = ["--no-qr", "--tunnel", options.tool, ...args];
  const server = stack.use(new ServerProcess(flags, { env: service.env }));
  const client = stack.adopt(
    Deno.createHttpClient({ caCerts: [service.cert], proxy: { url: service.env["HTTPS_PROXY"]! } }),
    (each) => each.close(),
  );
  const all = stack.move();
  return {
    server,
    service,
    /** Asks a public address as somebody far away does. */
    ask: (url: string, init: RequestInit = {}) =>
      fetch(url, { ...init, client, redirect: "manual" }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

const originOf = (tool: TunnelName, name = "first") =>
  `https://${name}-words.${TUNNEL_TOOLS[tool].domains[0]}`;

for (const tool of TUNNEL_NAMES) {
  Deno.test({
    ...POSIX,
    name: `--tunnel ${tool} shows the public address once it leads here, and ends its program`,
    fn: async () => {
      await using scene = await open({ tool });
      const { server } = scene;
      const { pid } = await server.event("tunnel started");
      await server.says(/On the phone: /);
      const origin = originOf(tool);
      const before = server.out.split("checking that it leads here")[0]!;
      assert.ok(!before.includes(origin), "shown before it was checked");
      assert.ok(server.out.includes(`On the phone:      ${origin}/j `), server.out);
      assert.match(server.out, /Whoever has this address can open rooms.*\n.*--password/);
      const { interstitial } = TUNNEL_TOOLS[tool];
      if (interstitial !== null) assert.ok(server.out.includes(interstitial));

      const health = await (await scene.ask(`${origin}/healthz`)).json();
      assert.deepEqual(Object.keys(health).sort(), ["app", "instance", "status"]);
      const { ports } = { ports: await server.listening() };
      const config = await (await fetch(`http://127.0.0.1:${ports.http}/api/config`)).json();
      assert.deepEqual(config.joinOrigins[0].origin, origin);
      assert.equal(config.joinOrigins[0].isTunnel, true);

      const { code } = await server.stop("SIGTERM");
      assert.equal(code, 0);
      assert.throws(() => Deno.kill(pid, "SIGCONT"), Deno.errors.NotFound);
    },
  });
}

Deno.test({
  ...POSIX,
  name:
    "through the tunnel there is HTTPS only, the public host only, and no rights of this computer",
  fn: async () => {
    await using scene = await open({ tool: "cloudflared" });
    const { server, ask } = scene;
    await server.says(/On the phone: /);
    const { http, tunnel } = await server.event("listening");
    const origin = originOf("cloudflared");
    const page = await ask(`${origin}/`);
    await page.body?.cancel();
    for (
      const [name, value] of [
        ["cross-origin-opener-policy", "same-origin"],
        ["cross-origin-embedder-policy", "require-corp"],
        ["strict-transport-security", "max-age=86400"],
      ] as const
    ) assert.equal(page.headers.get(name), value);
    assert.match(page.headers.get("content-security-policy")!, /wss:\/\/first-words\./);
    // As a program on this computer could ask the tunnel's port, past the service.
    const direct = (headers: Record<string, string>, path = "/healthz") =>
      askPort(tunnel, { path, headers });
    const host = new URL(origin).host;
    assert.equal(await direct({}), 421);
    assert.equal(await direct({ host: `localhost:${http}` }), 421);
    assert.equal(await direct({ host: `${host}.evil.example` }), 421);
    assert.equal(await direct({ host }), 200);
    assert.equal(await direct({ host, "x-forwarded-proto": "http" }), 307);
    assert.equal(await direct({ host, "cf-connecting-ip": "127.0.0.1" }, "/metrics"), 403);

    // Limits count those far away, as the service tells their addresses; what they claim does not.
    const guess = (before: string, address: string) =>
      direct({ host, "x-forwarded-for": before, "cf-connecting-ip": address }, "/j/222222");
    for (let i = 0; i < 10; i++) {
      assert.equal(await guess(`198.51.100.${i}`, "203.0.113.7"), 404);
    }
    assert.equal(await guess("198.51.100.99", "203.0.113.7"), 429);
    assert.equal(await guess("203.0.113.7", "203.0.113.8"), 404);
    // At an ordinary port such headers are not looked at.
    for (let i = 0; i < 11; i++) {
      const headers = { "cf-connecting-ip": `203.0.113.${100 + i}` };
      const expected = i < 10 ? 404 : 429;
      assert.equal(await askPort(http, { path: "/j/222222", headers }), expected);
    }
  },
});

/** Asks a port of this computer with any Host header, which `fetch` does not allow. */
function askPort(
  port: number,
  options: { readonly path: string; readonly headers: Record<string, string> },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = askHttp({ host: "127.0.0.1", port, ...options }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode!));
    });
    request.on("error", reject);
    request.end();
  });
}

async function status(asked: Promise<Response>): Promise<number> {
  const response = await asked;
  await response.body?.cancel();
  return response.status;
}

Deno.test({
  ...POSIX,
  name: "a tunnel whose program is killed is opened again, and viewers are told the new address",
  fn: async () => {
    await using scene = await open({ tool: "ngrok" });
    const { server } = scene;
    const origin = await server.origin();
    const first = await server.event("tunnel started");
    await server.says(/On the phone: /);
    const room = newRoom();
    await using viewer = await PageClient.join(origin, joinOf(room, "owner"));
    const told = async () => (await viewer.next("join-origins")).joinOrigins;
    assert.equal((await told())[0]?.origin, originOf("ngrok"));
    await using _phone = await PageClient.join(origin, joinOf(room, "phone"), openPosts);
    await viewer.next("peer-joined");

    Deno.kill(first.pid, "SIGKILL");
    assert.ok((await told()).every(({ isTunnel }) => !isTunnel));
    await server.says(/being reopened/);
    assert.equal((await told())[0]?.origin, originOf("ngrok", "second"));
    await server.says(/another address now: {2}https:\/\/second-words\./);
    assert.equal(await status(scene.ask(`${originOf("ngrok", "second")}/healthz`)), 200);
    // The old name leads to the same program, but is none of ours any more.
    assert.equal(await status(scene.ask(`${originOf("ngrok")}/healthz`)), 421);
  },
});

const FAULTS: readonly [string, StandInOptions, RegExp][] = [
  [
    "without an account",
    { tool: "ngrok", mode: "no-account" },
    /^ngrok needs an account: .*NGROK_AUTHTOKEN/,
  ],
  [
    "refused by its service",
    { tool: "cloudflared", mode: "rate-limited" },
    /no more quick tunnels for now: wait/,
  ],
];

Deno.test({
  ...POSIX,
  name: "a server that is told to stop while it waits for its tunnel ends both, with 0",
  fn: async () => {
    await using scene = await open({ tool: "ngrok", mode: "flood" });
    const { pid } = await scene.server.event("tunnel started");
    const { code, log } = await scene.server.stop("SIGTERM");
    assert.equal(code, 0, log);
    assert.throws(() => Deno.kill(pid, "SIGCONT"), Deno.errors.NotFound);
  },
});

Deno.test({
  ...POSIX,
  name: "a tunnel that cannot be had ends the start with 1 and a sentence",
  // All at the same time: each waits for programs.
  fn: () =>
    Promise.all(FAULTS.map(async ([what, options, sentence]) => {
      await using scene = await open(options);
      const { pid } = await scene.server.event("tunnel started");
      const { code, log, out } = await scene.server.ended();
      assert.equal(code, 1, `${what}: ${log}`);
      assert.match(log.split("\n").at(-1)!, sentence, what);
      assert.ok(!out.includes("On the phone:"), "an address was shown");
      assert.throws(() => Deno.kill(pid, "SIGCONT"), Deno.errors.NotFound);
    })).then(() => {}),
});

Deno.test({
  ...POSIX,
  name: "a tunnel whose program is not installed ends the start with 1, and says where to get it",
  fn: async () => {
    await Promise.all(TUNNEL_NAMES.map(async (tool) => {
      const env = { PATH: "/nowhere", NGROK_AUTHTOKEN: "" };
      await using server = new ServerProcess(["--tunnel", tool], { env });
      const { code, log } = await server.ended();
      assert.equal(code, 1, log);
      const { program, install } = TUNNEL_TOOLS[tool];
      assert.ok(log.includes(`${program} was not found on PATH: install it (${install})`), log);
      assert.equal(log.includes("NGROK_AUTHTOKEN"), tool === "ngrok");
    }));
  },
});
