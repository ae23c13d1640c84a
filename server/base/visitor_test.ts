import assert from "node:assert/strict";
import { createApp } from "../app.ts";
import { PasswordGate } from "../password/gate.ts";
import { appDeps } from "../testing/helpers.ts";

/** Asks as if from `address`, for `https://host`: what may local visitors only? */
function visit(publicHost: string | null) {
  const flags = publicHost === null ? {} : { "public-host": publicHost };
  const app = createApp(appDeps({ flags, gate: new PasswordGate("a long password", () => 0) }));
  return async (address: string, host: string, headers: Record<string, string> = {}) => {
    const ask = async (path: string) => {
      const response = await app.request(`https://${host}${path}`, { headers }, { address });
      return [response.status, await response.text()] as const;
    };
    const [metrics] = await ask("/metrics");
    assert.ok([200, 403].includes(metrics), String(metrics));
    const [status, health] = await ask("/healthz");
    assert.equal(status, 200);
    // Strangers are told no version while a password is set.
    const isLocal = "version" in JSON.parse(health);
    assert.equal(metrics === 200, isLocal);
    return isLocal;
  };
}

Deno.test("a visitor is local from this computer's own addresses, unless a proxy is named", async () => {
  const isLocal = visit(null);
  for (const host of ["localhost", "127.0.0.1", "192.168.1.20", "laptop.local"]) {
    for (const address of ["127.0.0.1", "::1", "192.168.1.20"]) {
      assert.ok(await isLocal(address, host), `${address} ${host}`);
      assert.ok(!await isLocal(address, host, { "x-forwarded-for": "127.0.0.1" }));
    }
    assert.ok(!await isLocal("192.168.1.21", host));
  }
});

Deno.test("a visitor is not local because a router with the public host's address passed it on", async () => {
  const isLocal = visit("203.0.113.5");
  for (const host of ["203.0.113.5", "localhost", "192.168.1.20"]) {
    assert.ok(!await isLocal("203.0.113.5", host), host);
  }
});

Deno.test("a visitor who asks for the public host is remote, though a silent forwarder is local", async () => {
  // The last is an address of this computer itself, as one gives it to a container.
  for (const host of ["203.0.113.5", "lens.example", "laptop.local", "192.168.1.20"]) {
    const isLocal = visit(host);
    for (const address of ["127.0.0.1", "::1", "192.168.1.20"]) {
      assert.ok(!await isLocal(address, host), `${address} ${host}`);
    }
    // The browser at this computer has its own way.
    assert.ok(await isLocal("127.0.0.1", "localhost"));
    assert.ok(await isLocal("::1", "[::1]"));
  }
  assert.ok(await visit("localhost")("127.0.0.1", "localhost"));
});
