import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  type ChildMessage,
  INFERENCE_LANES,
  type InferenceFacts,
  type InferenceTalk,
  type StreamKey,
  type ToChild,
} from "../inference/ipc.ts";
import { addTotals } from "../inference/stats_total.ts";
import { Supervisor } from "./supervisor.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const STREAM = "s1" as StreamKey;
const SETTINGS: ToChild = {
  kind: "settings",
  stream: STREAM,
  settings: { modelId: "fake", scoreThreshold: 0.3, iouThreshold: 0.5, classes: null },
  account: { address: "a", room: "r", isTrusted: false },
};

/** A supervisor of stubs, and all that it said. */
function scene(behaviours: readonly string[]) {
  const seen: string[] = [];
  const messages: ChildMessage[] = [];
  const logs: string[] = [];
  const given: (InferenceFacts | null)[] = [];
  const supervisor = new Supervisor<InferenceTalk>({
    name: "inference",
    lanes: INFERENCE_LANES,
    addTotals,
    command: (facts) => {
      const behaviour = behaviours[Math.min(given.length, behaviours.length - 1)]!;
      given.push(facts);
      const script = "server/inference/testing/stub_child.ts";
      return {
        path: Deno.execPath(),
        args: ["run", "--quiet", "--no-check", "--no-prompt", script, behaviour],
        cwd: ROOT,
      };
    },
    greeting: () => ({ kind: "models", models: [], defaultModelId: "fake" }),
    log: (level, event, fields) => void logs.push(`${level} ${event} ${JSON.stringify(fields)}`),
  });
  supervisor.start({
    onReady: () => void seen.push("ready"),
    onMessage: (message) => void messages.push(message),
    onLost: () => void seen.push("lost"),
    onUnable: () => void seen.push("unable"),
  });
  /** Opens a stream and answers the process id of the child that did it. */
  const openedBy = async () => {
    messages.length = 0;
    supervisor.send(SETTINGS);
    await until(() => messages.length > 0);
    const [message] = messages;
    assert.ok(message?.kind === "opened");
    return message.runMs!;
  };
  return { supervisor, seen, messages, logs, given, openedBy };
}

async function until(holds: () => boolean, limitMs = 20_000): Promise<number> {
  const startMs = performance.now();
  while (!holds()) {
    assert.ok(performance.now() - startMs < limitMs, "It did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - startMs;
}

Deno.test("Supervisor passes messages both ways, with what is binary", async () => {
  const { supervisor, messages, logs, openedBy } = scene(["works"]);
  supervisor.send(SETTINGS);
  await until(() => supervisor.state.kind === "ready");
  assert.equal(messages.length, 0, "What is sent before it is ready is dropped");
  await openedBy();
  const bytes = new Uint8Array(300_000);
  supervisor.send({ kind: "message", stream: STREAM, text: null }, bytes);
  await until(() => messages.length === 2);
  assert.deepEqual(messages[1], { kind: "message", stream: STREAM, text: "binary 300000" });
  await until(() => supervisor.stats !== null);
  assert.ok(logs.includes('info stub {"behaviour":"works"}'));
  await supervisor.stop();
  assert.equal(supervisor.state.kind, "stopped");
});

const isWindows = Deno.build.os === "windows";
for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
  Deno.test({
    name: `Supervisor has another child within 3 s of ${signal}`,
    ignore: isWindows && signal === "SIGSTOP",
    fn: async () => {
      const { supervisor, seen, given, openedBy } = scene(["works"]);
      await until(() => supervisor.state.kind === "ready");
      const firstPid = await openedBy();
      Deno.kill(firstPid, signal);
      const tookMs = await until(() => seen.length === 3);
      assert.ok(tookMs < 3_000, `${tookMs} ms`);
      assert.deepEqual(seen, ["ready", "lost", "ready"]);
      assert.notEqual(await openedBy(), firstPid);
      assert.equal(given[1]?.executionProvider, "stub");
      assert.equal(supervisor.counts.restarts, 1);
      const reason = signal === "SIGKILL" ? "killed" : "silent";
      assert.deepEqual([...supervisor.restarts()].filter(([, count]) => count > 0), [[reason, 1]]);
      await supervisor.stop();
      assert.throws(() => Deno.kill(firstPid, "SIGCONT"), "The hung one is gone for good");
    },
  });
}

Deno.test("Supervisor tries again after crashes at start, and logs the last words", async () => {
  const { supervisor, seen, logs } = scene(["crashes", "garbage", "works"]);
  await until(() => supervisor.state.kind === "ready");
  assert.deepEqual(seen, ["ready"]);
  const text = logs.join("\n");
  assert.match(text, /warn inference says \{"text":"out of luck"\}/);
  assert.match(text, /it ended with status 3/);
  assert.match(text, /not readable/);
  const reasons = [...supervisor.restarts()].filter(([, count]) => count > 0);
  assert.deepEqual(reasons, [["exited", 1], ["unreadable", 1]]);
  await supervisor.stop();
});

Deno.test("Supervisor restarts a child that exits by itself, and one that falls silent", async () => {
  const { supervisor, seen, openedBy } = scene(["works", "silent", "works"]);
  await until(() => supervisor.state.kind === "ready");
  await openedBy();
  supervisor.send({ kind: "message", stream: STREAM, text: "exit" });
  await until(() => seen.length === 5);
  assert.deepEqual(seen, ["ready", "lost", "ready", "lost", "ready"]);
  await supervisor.stop();
});

Deno.test("Supervisor believes a child that says that it is unable", async () => {
  const { supervisor, seen, logs } = scene(["unable"]);
  await until(() => supervisor.state.kind === "unable");
  assert.deepEqual(seen, ["unable"]);
  assert.match(logs.join(), /error inference unable \{"reason":"no such provider"\}/);
  await supervisor.stop();
});

Deno.test("Supervisor says so when it cannot start a child at all", async () => {
  const states: string[] = [];
  const supervisor = new Supervisor<InferenceTalk>({
    name: "inference",
    lanes: INFERENCE_LANES,
    addTotals,
    command: () => ({ path: "/nowhere/deno", args: [], cwd: ROOT }),
    greeting: () => ({ kind: "models", models: [], defaultModelId: "fake" }),
    log: (_level, event, fields) => void states.push(`${event} ${fields?.["cause"]}`),
  });
  supervisor.start({ onReady() {}, onMessage() {}, onLost() {}, onUnable() {} });
  assert.match(states.join(), /inference restarts it cannot be started: /);
  assert.equal(supervisor.restarts().get("not-started"), 1);
  await supervisor.stop();
});
