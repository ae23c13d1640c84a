import assert from "node:assert/strict";
import { type Env, loadConfig } from "./config.ts";
import { parseFlags, UsageError } from "./flags.ts";

const natsOf = (args: string[], env: Env = {}) => loadConfig({ env, flags: parseFlags(args) }).nats;

Deno.test("loadConfig() reads NATS servers, with their usual port where none is named", () => {
  assert.equal(natsOf([]), null);
  const nats = natsOf(["--nats", "nats://a.example, nats://[::1]:4333"]);
  assert.deepEqual(nats?.servers, ["a.example:4222", "[::1]:4333"]);
  assert.equal(nats.isTls, false);
  const tls = natsOf(["--nats=tls://n:1"], {
    PEERLENS_NATS_CA: "ca.pem",
    PEERLENS_NATS_TOKEN: "t0123456789abcdef",
  });
  assert.deepEqual([tls?.isTls, tls?.caFile, tls?.token], [true, "ca.pem", "t0123456789abcdef"]);
  assert.deepEqual(natsOf([], { PEERLENS_NATS: "nats://n" })?.servers, ["n:4222"]);
});

Deno.test("loadConfig() says what is wrong with NATS, and repeats no secret", () => {
  const token = { PEERLENS_NATS_TOKEN: "t0123456789abcdef" };
  const wrong: [string[], Env, RegExp][] = [
    [["--nats", "localhost"], {}, /--nats must be URLs such as nats:/],
    [["--nats", "http://localhost"], {}, /must be URLs/],
    [["--nats", "nats://n:0"], {}, /must be URLs/],
    [["--nats", "nats://n,,"], {}, /must be URLs/],
    [["--nats", "nats://u:hunter2@n"], {}, /no user and password/],
    [["--nats", "tls://10.0.0.5"], {}, /must have names at tls/],
    [["--nats", "tls://[::1]"], {}, /must have names at tls/],
    [["--nats", "nats://a,tls://b"], {}, /all with tls/],
    [["--nats", "nats://a"], { PEERLENS_NATS_CA: "ca.pem" }, /begin --nats with tls/],
    [["--nats", "tls://a"], { PEERLENS_NATS_CERT: "c.pem" }, /PEERLENS_NATS_KEY belong together/],
    [["--nats-creds", "f"], {}, /--nats-creds needs --nats/],
    [["--nats", "nats://a", "--nats-creds", "f"], token, /both set/],
    [["--nats", Array(17).fill("nats://a").join()], {}, /16 servers/],
    [["--nats", "nats://a"], { PEERLENS_NATS_TOKEN: "hunter2" }, /PEERLENS_NATS_TOKEN must be/],
    [["--nats", "nats://a"], { PEERLENS_CLUSTER_SECRET: "hunter2" }, /CLUSTER_SECRET must be/],
  ];
  for (const [args, env, words] of wrong) {
    assert.throws(() => natsOf(args, env), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  }
});

Deno.test("loadConfig() asks for a password on all nodes alike, or not at all", () => {
  const secret = { PEERLENS_CLUSTER_SECRET: "c0123456789abcdef" };
  const load = (env: Env, ...args: string[]) =>
    loadConfig({ env, flags: parseFlags(["--nats", "nats://a", ...args]) });
  assert.throws(() => load(secret, "--password"), /--password needs a value with --nats/);
  assert.throws(() => load({}, "--password=correct horse"), /needs PEERLENS_CLUSTER_SECRET/);
  assert.equal(load(secret, "--password=correct horse").cookieSecret, "c0123456789abcdef");
  const own = { ...secret, PEERLENS_COOKIE_SECRET: "k0123456789abcdef" };
  assert.equal(load(own, "--password=correct horse").cookieSecret, "k0123456789abcdef");
  assert.equal(load(secret).cookieSecret, "c0123456789abcdef");
  assert.equal(loadConfig({ env: {}, flags: {} }).cookieSecret, null);
});
