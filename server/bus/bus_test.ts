import assert from "node:assert/strict";
import { loadConfig } from "../base/config.ts";
import { parseFlags, UsageError } from "../base/flags.ts";
import { memoryLog } from "../testing/helpers.ts";
import { hasNats, type NatsServer, startNats, startNatsCluster } from "../../bench/nats_server.ts";
import { makeCertificate } from "../tls/certificate.ts";
import { Bus, type BusMessage, MAX_UNCONFIRMED_BYTES } from "./bus.ts";
import { SubjectNames } from "./subjects.ts";
import { tempFolder } from "../testing/temp_folder.ts";

const ignore = !await hasNats();
const TOKEN = "a-token-of-the-test";

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore, fn });
}

async function openBus(url: string, env: Record<string, string> = {}, args: string[] = []) {
  const lines: string[] = [];
  const { nats } = loadConfig({ env, flags: parseFlags(["--nats", url, ...args]) });
  const bus = await Bus.open({ config: nats!, name: "test", log: memoryLog(lines) });
  return {
    bus,
    lines,
    [Symbol.asyncDispose]: () => bus.close(),
  };
}

const text = (message: BusMessage) => new TextDecoder().decode(message.data);
const bytes = (words: string) => new TextEncoder().encode(words);

async function until(holds: () => boolean, limitMs = 10_000): Promise<void> {
  const startMs = performance.now();
  while (!holds()) {
    assert.ok(performance.now() - startMs < limitMs, "It did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("Bus carries messages, questions and turns between servers of a cluster", async () => {
  const [a, b] = await startNatsCluster(2) as [NatsServer, NatsServer];
  await using _a = a;
  await using _b = b;
  await using one = await openBus(a.url);
  await using two = await openBus(b.url);
  const heard: string[] = [];
  const end = two.bus.listen("t.*.x", (message) => {
    heard.push(`${message.subject} ${text(message)}`);
  });
  two.bus.listen("t.ask", (message) => message.answer(bytes(`${text(message)}!`)));
  await until(() => one.bus.publish("t.1.x", bytes("hello")) === null && heard.length > 0);
  assert.equal(heard[0], "t.1.x hello");
  assert.equal(
    new TextDecoder().decode((await one.bus.request("t.ask", bytes("so"), 5_000)) as Uint8Array),
    "so!",
  );
  assert.equal(await one.bus.request("t.nobody", bytes("so"), 5_000), "nobody");
  // Each message to one of a queue.
  let taken = 0;
  for (const { bus } of [one, two]) bus.listen("t.q", () => void taken++, { queue: "q" });
  for (const { bus } of [one, two]) await bus.request("t.nobody", bytes(""), 5_000);
  for (let n = 0; n < 20; n++) one.bus.publish("t.q", bytes("x"));
  await until(() => taken >= 20);
  end();
  const before = heard.length;
  await two.bus.request("t.ask", bytes(""), 5_000);
  one.bus.publish("t.2.x", bytes("late"));
  await one.bus.request("t.ask", bytes(""), 5_000);
  assert.deepEqual([taken, heard.length], [20, before]);
});

test("Bus keeps nothing while NATS is away, and goes on by itself when it is back", async () => {
  await using nats = await startNats();
  await using other = await openBus(nats.url);
  await using scene = await openBus(nats.url);
  const { bus } = scene;
  const states: string[] = [];
  bus.watch((state) => states.push(state.kind));
  const heard: string[] = [];
  other.bus.listen("t", (message) => heard.push(text(message)));
  await until(() => bus.publish("t", bytes("1")) === null && heard.length > 0);
  await nats.signal("SIGKILL");
  await until(() => bus.state.kind === "away");
  assert.equal(bus.publish("t", bytes("lost")), "away");
  assert.equal(await bus.request("t", bytes("lost"), 5_000), "silent");
  assert.equal(bus.counts.dropped.away, 2);
  await nats.start();
  await until(() => bus.publish("t", bytes("2")) === null && heard.includes("2"));
  assert.ok(!heard.includes("lost"));
  assert.deepEqual(states, ["away", "connected"]);
  // One that stands still is away as well.
  await nats.signal("SIGSTOP");
  await until(() => bus.state.kind === "away", 4_000);
  await nats.signal("SIGCONT");
  await until(() => bus.publish("t", bytes("3")) === null && heard.includes("3"));
});

test("Bus waits for a server that is not there yet", async () => {
  const nats = await startNats();
  await nats.signal("SIGKILL");
  await using _nats = nats;
  await using scene = await openBus(nats.url);
  const { bus } = scene;
  assert.match(bus.state.kind === "away" ? bus.state.reason : "", /cannot be reached/);
  const heard: string[] = [];
  bus.listen("t", (message) => heard.push(text(message)));
  await nats.start();
  await until(() => bus.publish("t", bytes("1")) === null && heard.length > 0);
  assert.ok(scene.lines.some((line) => line.includes('"nats connected"')));
});

test("Bus refuses what is too long for NATS, and never holds more than its bound", async () => {
  await using nats = await startNats({ lines: ["max_payload: 64KB"] });
  await using scene = await openBus(nats.url);
  const { bus } = scene;
  assert.equal(bus.maxPayloadBytes, 65_536);
  assert.equal(bus.publish("t", new Uint8Array(65_537)), "too-large");
  const part = new Uint8Array(65_536);
  // Nothing is written between two of these, so all of it waits.
  let sent = 0;
  while (bus.publish("t", part) === null) sent += part.length;
  assert.equal(sent, MAX_UNCONFIRMED_BYTES);
  assert.equal(bus.counts.dropped.full, 1);
  await bus.room();
  assert.equal(bus.publish("t", part), null);
});

test("Bus.open() fails with a sentence where NATS does not let us in, or has no TLS", async () => {
  await using nats = await startNats({ lines: [`authorization { token: "${TOKEN}" }`] });
  const refused = (env: Record<string, string>, args: string[], words: RegExp, url = nats.url) =>
    assert.rejects(openBus(url, env, args), (error) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.match(error.message, words);
      assert.ok(!error.message.includes("wrong-token"));
      return true;
    });
  await refused({}, [], /does not let us in/);
  await refused({ PEERLENS_NATS_TOKEN: "a-wrong-token-here" }, [], /does not let us in/);
  await refused({}, ["--nats-creds", "/nowhere/f.creds"], /Cannot read \/nowhere\/f.creds/);
  await refused({}, ["--nats-creds", "deno.json"], /deno\.json holds no credentials/);
  await refused({}, [], /TLS/, nats.url.replace("nats://127.0.0.1", "tls://localhost"));
  await using scene = await openBus(nats.url, { PEERLENS_NATS_TOKEN: TOKEN });
  assert.equal(scene.bus.state.kind, "connected");
});

test("Bus trusts the TLS of a named authority, and no other", async () => {
  await using temp = await tempFolder();
  const folder = temp.path;
  const { cert, key } = await makeCertificate(["localhost"], Date.now());
  await Deno.writeTextFile(`${folder}/cert.pem`, cert);
  await Deno.writeTextFile(`${folder}/key.pem`, key);
  await using nats = await startNats({
    scheme: "tls",
    lines: [`tls { cert_file: "${folder}/cert.pem", key_file: "${folder}/key.pem" }`],
  });
  await assert.rejects(openBus(nats.url), /no TLS that we trust/);
  await using scene = await openBus(nats.url, { PEERLENS_NATS_CA: `${folder}/cert.pem` });
  assert.equal(scene.bus.state.kind, "connected");
});

Deno.test("SubjectNames hide what they are made from, and differ by kind and secret", () => {
  const id = "n5Uo_q3C8V9hZ0lYq0cA-w";
  const names = new SubjectNames("0123456789abcdef");
  assert.match(names.of("room", id), /^[A-Za-z0-9]{26}$/);
  assert.equal(names.of("room", id), new SubjectNames("0123456789abcdef").of("room", id));
  const others = [
    names.of("code", id),
    names.of("room", `${id}x`),
    new SubjectNames("fedcba9876543210").of("room", id),
    new SubjectNames(null).of("room", id),
  ];
  assert.equal(new Set([names.of("room", id), ...others]).size, 5);
});
