import assert from "node:assert/strict";
import { createApp } from "../app.ts";
import { PasswordGate } from "../password/gate.ts";
import { appDeps } from "../testing/helpers.ts";
import { parseNetwork } from "./ip_network.ts";
import { connectionOf } from "./listen.ts";

const PROXIES = [parseNetwork("127.0.0.1")!];

/** Asks as a listener would have it, over a connection from `hostname`. */
function ask(hostname: string, url: string, headers: Record<string, string> = {}) {
  const app = createApp(appDeps({ gate: new PasswordGate("a long password") }));
  const request = new Request(url, { headers });
  return app.fetch(request, connectionOf(request, { hostname }, PROXIES));
}

Deno.test("connectionOf() names IPv6 visitors by their network, and keeps their address for trust", () => {
  const request = new Request("https://[2001:db8::1]:3443/");
  const connection = connectionOf(request, { hostname: "2001:db8::9" }, PROXIES);
  assert.deepEqual(connection, { address: "2001:db8:0:0::/64", peer: "2001:db8::9" });
});

Deno.test("what a trusted proxy passes on is nobody's at this computer, whatever it says", async () => {
  for (const asked of ["203.0.113.7", "127.0.0.1", "192.168.1.20", "junk"]) {
    const headers = { "x-forwarded-for": asked, "x-forwarded-proto": "https" };
    assert.equal((await ask("127.0.0.1", "http://localhost:3000/metrics", headers)).status, 403);
  }
  // A proxy that adds nothing is known by its address.
  assert.equal((await ask("127.0.0.1", "http://localhost:3000/metrics")).status, 403);
  assert.equal((await ask("192.168.1.20", "http://localhost:3000/metrics")).status, 200);
});

Deno.test("a trusted proxy may end TLS; others' word for it is nothing", async () => {
  const headers = { "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https" };
  const url = "http://192.168.1.20:3000/j";
  assert.equal((await ask("127.0.0.1", url, headers)).status, 200);
  assert.equal((await ask("192.168.1.66", url, headers)).status, 307);
  const plain = await ask("127.0.0.1", url, { ...headers, "x-forwarded-proto": "http" });
  assert.equal(plain.headers.get("location"), "https://192.168.1.20/j");
});
