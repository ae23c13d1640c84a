import assert from "node:assert/strict";
import { createApp } from "../app.ts";
import { PasswordGate } from "../password/gate.ts";
import { appDeps } from "../testing/helpers.ts";
import { parseNetwork } from "./ip_network.ts";
import { loadConfig } from "./config.ts";
import { connectionLimits, connectionOf } from "./listen.ts";

const PROXIES = [parseNetwork("127.0.0.1")!];

/** Asks as a listener would have it, over a connection from `hostname`. */
function ask(hostname: string, url: string, headers: Record<string, string> = {}) {
  const app = createApp(appDeps({ gate: new PasswordGate("a long password") }));
  const request = new Request(url, { headers });
  return app.fetch(request, connectionOf(request, hostname, PROXIES));
}

Deno.test("connectionOf() names IPv6 visitors by their network, and keeps their address for trust", () => {
  const request = new Request("https://[2001:db8::1]:3443/");
  const connection = connectionOf(request, "2001:db8::9", PROXIES);
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

const limitsFor = (openFiles: number, links = "64") =>
  connectionLimits(loadConfig({
    env: { PEERLENS_OPEN_FILES: String(openFiles), PEERLENS_MAX_SOCKETS_PER_ADDRESS: links },
    flags: {},
  }));

Deno.test("connectionLimits() stays well under the files that may be open", () => {
  assert.deepEqual(limitsFor(1_048_576), { total: 1024, localOnly: 16, perAddress: 128 });
  assert.deepEqual(limitsFor(1024), { total: 480, localOnly: 16, perAddress: 128 });
  assert.deepEqual(limitsFor(160), { total: 48, localOnly: 12, perAddress: 24 });
  assert.deepEqual(limitsFor(10), { total: 8, localOnly: 2, perAddress: 4 });
});

Deno.test("connectionLimits() leaves room for as many links of an address as are configured", () => {
  assert.equal(limitsFor(1_048_576, "200").perAddress, 400);
  assert.equal(limitsFor(1_048_576, "5000").perAddress, 512);
});
