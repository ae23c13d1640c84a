import assert from "node:assert/strict";
import { loadConfig, SECRET_ENV_NAMES } from "../base/config.ts";
import { BulkLinks } from "../link/bulk.ts";
import { parseFlags } from "../base/flags.ts";
import { memoryLog } from "../testing/helpers.ts";
import { NO_ICE_SERVERS } from "../rooms/ice_servers.ts";
import { childCommand, childConfig, makeInference, portShortage } from "./inference.ts";
import { FACTS } from "./testing/fake_process.ts";

const configOf = (...args: string[]) => loadConfig({ env: {}, flags: parseFlags(args) });

Deno.test("childConfig() passes on what the flags say, and what an earlier process found", () => {
  const config = configOf("--ep", "cuda", "--rtc-ports", "5000-5009", "--host", "127.0.0.1");
  const child = childConfig({ config, modelFolders: ["/models"], facts: FACTS });
  assert.deepEqual(child.modelFolders, ["/models"]);
  assert.equal(child.executionProvider, "cuda");
  assert.deepEqual(child.rtcPorts, { begin: 5000, end: 5009 });
  assert.equal(child.host, "127.0.0.1");
  assert.deepEqual(child.layout, { threads: 1, sessions: 1 });
  assert.equal(childConfig({ config, modelFolders: [], facts: null }).layout, null);
  const guessed = { ...FACTS, isCalibrated: false };
  assert.equal(childConfig({ config, modelFolders: [], facts: guessed }).layout, null);
});

Deno.test("childConfig() advertises a public address, and no name", () => {
  const advertised = (host: string) =>
    childConfig({ config: configOf("--public-host", host), modelFolders: [], facts: null })
      .publicHost;
  assert.equal(advertised("203.0.113.5:8443"), "203.0.113.5");
  assert.equal(advertised("[2001:db8::5]"), "2001:db8::5");
  assert.equal(advertised("lens.example"), null);
});

Deno.test("childCommand() gives the inference process no secret and not all permissions", () => {
  const config = loadConfig({
    env: {
      PEERLENS_TURN_SECRET: "0123456789abcdef",
      PEERLENS_API_TOKEN: "0123456789abcdef",
      PEERLENS_ICE_SERVERS: '[{"urls":"turn:t","username":"u","credential":"0123456789abcdef"}]',
    },
    flags: parseFlags(["--turn-url", "turn:t.example"]),
  });
  const { args, env } = childCommand(childConfig({ config, modelFolders: [], facts: null }));
  // Everybody on the computer can read a process's arguments.
  assert.ok(!args.join().includes("0123456789abcdef"));
  for (const name of SECRET_ENV_NAMES) assert.equal(env?.[name], "");
  assert.equal(env?.["OTEL_DENO"], "false");
  assert.ok(!args.includes("-A") && !args.includes("--allow-all"));
  assert.ok(!args.some((arg) => /^--allow-(run|write|net)/.test(arg)));
});

Deno.test("makeInference() starts nothing without a model, and says why", () => {
  const empty = { present: [], missing: [], damaged: [], problem: "No model was found." };
  const inference = makeInference({
    config: configOf("--mode", "server"),
    log: memoryLog(),
    bulk: new BulkLinks(),
    tell() {},
    pool: null,
    iceServers: NO_ICE_SERVERS,
    cameras: null,
    catalog: () => empty,
    modelFolders: [],
  });
  inference.start();
  inference.modelsChanged();
  assert.equal(inference.supervisor, null);
  assert.deepEqual(inference.gateway.state, { kind: "unable", message: "No model was found." });
});

Deno.test("portShortage() warns of ranges with fewer ports than streams", () => {
  const streams = { maxStreams: 4, maxStreamsPerViewer: 2 };
  const ports = (begin: number, end: number) => ({ rtcPorts: { begin, end }, streams });
  assert.equal(portShortage(ports(5000, 5003)), null);
  assert.match(portShortage(ports(5000, 5002))!, /3 ports for 4 streams/);
  assert.equal(portShortage(ports(5000, 5000)), null);
  assert.equal(portShortage({ rtcPorts: null, streams }), null);
});
