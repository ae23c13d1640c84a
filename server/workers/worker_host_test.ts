import assert from "node:assert/strict";
import type { FrameResultMessage } from "@/protocol";
import type { Bus } from "../bus/bus.ts";
import { WORKER_SUBJECTS } from "../bus/subjects.ts";
import { INFERENCE_LANES, type ToChild } from "../inference/ipc.ts";
import { MemoryBus, MemoryNet } from "../nodes/testing/memory_bus.ts";
import { until } from "../testing/until.ts";
import { SETTINGS } from "../streams/testing/fake_process.ts";
import { memoryLog } from "../testing/helpers.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { decodePart } from "./parts.ts";
import { newSessionId, Session } from "./session.ts";
import { type HostedProcess, WorkerHost } from "./worker_host.ts";

class TestBus extends MemoryBus {
  room(): Promise<void> {
    return Promise.resolve();
  }
}

const DETECT: ToWorker = {
  kind: "detect",
  request: 41,
  settings: SETTINGS,
  account: { address: "a", room: "r", isTrusted: false },
};

/** A worker whose process is the test's, and a node that talks to it. */
function scene(kind: "ready" | "restarting" = "ready") {
  const net = new MemoryNet();
  const asked: Extract<ToChild, { kind: "detect" }>[] = [];
  const facts = { executionProvider: "cpu", threadsPerSession: 1, sessions: 1, runMs: {} };
  const host = new WorkerHost({
    bus: new TestBus(net) as unknown as Bus,
    id: "w",
    name: "worker",
    process: {
      state: { kind, facts },
      stats: null,
      send: (message: ToChild) => void (message.kind === "detect" && asked.push(message)),
    } as unknown as HostedProcess,
    models: () => [],
    maxStreams: 1,
    log: memoryLog(),
  });
  host.start();
  const bus = new TestBus(net) as unknown as Bus;
  const got: FromWorker[] = [];
  const node = new Session<ToWorker, FromWorker>({
    bus,
    subject: WORKER_SUBJECTS.toWorker("w", "n"),
    id: newSessionId(),
    lanes: INFERENCE_LANES,
    onMessage: (message) => got.push(message),
    onOver: () => {},
  });
  bus.listen(WORKER_SUBJECTS.toNode("w", "n"), ({ data }) => {
    const part = decodePart(data);
    if (part !== null) node.receive(part);
  });
  return { host, node, got, asked, [Symbol.dispose]: () => host.stop() };
}

Deno.test("a worker that drains answers the picture under way, and then goes", async () => {
  using at = scene();
  at.node.beat();
  at.node.send(DETECT);
  await until(() => at.asked.length === 1);
  let isDrained = false;
  const drained = at.host.drain().then(() => void (isDrained = true));
  const { request } = at.asked[0]!;
  assert.ok(!isDrained);
  const result = { frame_id: String(request), detections: [] } as unknown as FrameResultMessage;
  at.host.onMessage({ kind: "detected", request, result });
  // Its own limit is longer than that of this.
  await until(() => isDrained, "the end of the drain", 4_000);
  await drained;
  const [answer] = at.got;
  assert.ok(answer?.kind === "detected");
  // The number is the node's, in the result as well.
  assert.deepEqual([answer.request, answer.result.frame_id], [41, "41"]);
});

Deno.test("a worker that drains goes when the one that asked for its last picture has gone", async () => {
  using at = scene();
  at.node.beat();
  at.node.send(DETECT);
  await until(() => at.asked.length === 1);
  let isDrained = false;
  const drained = at.host.drain().then(() => void (isDrained = true));
  at.node.close();
  await until(() => isDrained, "the end of the drain", 4_000);
  await drained;
});

Deno.test("a worker whose process is not ready says so of a picture at once", async () => {
  using at = scene("restarting");
  at.node.beat();
  at.node.send(DETECT);
  await until(() => at.got.length === 1);
  assert.deepEqual(at.got, [{ kind: "undetected", request: 41, cause: "failed" }]);
  assert.equal(at.host.counts().asked, 0);
});
