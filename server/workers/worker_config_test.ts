import assert from "node:assert/strict";
import { UsageError } from "../base/flags.ts";
import { workerPermissions } from "../launcher/permissions.ts";
import { readWorkerConfig } from "./worker_config.ts";

Deno.test("readWorkerConfig() takes what is a worker's, also beside variables of servers", () => {
  const env = { PEERLENS_INFERENCE: "remote", PEERLENS_PORT: "80", MODE: "wasm" };
  const config = readWorkerConfig(["--nats", "nats://n", "--ep", "cpu"], env);
  assert.deepEqual(config.nats.servers, ["n:4222"]);
  assert.equal(config.executionProvider, "cpu");
});

Deno.test("readWorkerConfig() says what a worker does not have or lacks", () => {
  const wrong: [string[], RegExp][] = [
    [[], /A worker needs --nats/],
    [["--nats", "nats://n", "--port", "80"], /^--port is for servers/],
    [["--nats", "nats://n", "--inference", "remote"], /^--inference is for servers/],
    [["worker"], /Unknown argument/],
  ];
  for (const [args, words] of wrong) {
    assert.throws(() => readWorkerConfig(args, {}), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, words);
      return true;
    });
  }
});

Deno.test("workerPermissions() lets a worker reach NATS, start Deno, and write nothing", () => {
  const config = readWorkerConfig(["--nats", "nats://n,nats://o:1", "--nats-creds", "/k/c"], {});
  const flags = workerPermissions(config, "/bin/deno");
  assert.ok(flags.includes("--allow-net=n:4222,o:1"));
  assert.ok(flags.includes("--allow-run=/bin/deno"));
  assert.ok(flags.some((flag) => flag.startsWith("--allow-read=") && flag.endsWith(",/k/c")));
  assert.ok(!flags.some((flag) => flag.startsWith("--allow-write")));
  const told = readWorkerConfig(["--nats", "nats://n"], { PEERLENS_WORKER_PORT: "9090" });
  const net = workerPermissions(told, "/bin/deno").find((flag) => flag.startsWith("--allow-net="));
  assert.match(net!, /^--allow-net=n:4222,[^,]+:9090$/);
});
