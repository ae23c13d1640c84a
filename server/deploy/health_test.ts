import assert from "node:assert/strict";
import { createApp } from "../app.ts";
import { appDeps } from "../testing/helpers.ts";

const ENTRY = new URL("health.ts", import.meta.url).pathname;
const LAN_ADDRESS = "192.168.1.20";

/** What the check says of a server on a port, with the permissions that the image gives it. */
async function check(port: number) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-net",
      "--allow-env=PEERLENS_PORT,PEERLENS_HOST",
      ENTRY,
    ],
    env: { PEERLENS_HOST: "127.0.0.1", PEERLENS_PORT: String(port) },
  }).output();
  return { code, text: new TextDecoder().decode(stderr) };
}

function serve(answer: (request: Request) => Response | Promise<Response>) {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, answer);
}

Deno.test("the image's health check finds a server that listens on one address of the network", async () => {
  const app = createApp(appDeps({ flags: { host: LAN_ADDRESS } }));
  const asked: string[] = [];
  // As if 127.0.0.1 were that address.
  await using server = serve((request) => {
    const headers = new Headers(request.headers);
    const host = headers.get("host")!.replace("127.0.0.1", LAN_ADDRESS);
    asked.push(host);
    headers.set("host", host);
    return app.fetch(new Request(request, { headers }), { address: LAN_ADDRESS });
  });
  assert.deepEqual(await check(server.addr.port), { code: 0, text: "" });
  assert.equal(asked.length, 1);
  // Who names the address is sent elsewhere.
  const named = await app.request(`http://${LAN_ADDRESS}/healthz`, {}, { address: LAN_ADDRESS });
  assert.equal(named.status, 307);
});

Deno.test("the image's health check fails, and says why, where another server answers or none", async () => {
  const server = serve(() => Response.json({ app: "other", status: "ok" }));
  const { port } = server.addr;
  const other = await check(port);
  assert.equal(other.code, 1);
  assert.match(other.text, /another server/);
  await server.shutdown();
  const none = await check(port);
  assert.equal(none.code, 1);
  assert.ok(none.text.startsWith(`http://127.0.0.1:${port}/healthz: `), none.text);
  await using elsewhere = serve((request) => Response.redirect(new URL("/x", request.url)));
  assert.equal((await check(elsewhere.addr.port)).code, 1);
});
