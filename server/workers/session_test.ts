import assert from "node:assert/strict";
import type { BusDropCause, BusState } from "../bus/bus.ts";
import { INFERENCE_LANES, type StreamKey, type ToChild } from "../inference/ipc.ts";
import { FROM_WORKER_LANES, type FromWorker, type ToWorker } from "./messages.ts";
import { decodePart } from "./parts.ts";
import { newSessionId, Session, type SessionBus } from "./session.ts";

/** A bus that carries what it is told to. */
class FakeBus implements SessionBus {
  state: BusState = { kind: "connected", server: "fake" };
  maxPayloadBytes = 1_000;
  isLosing = false;
  onPart: (data: Uint8Array) => void = () => {};

  publish(_subject: string, data: Uint8Array): BusDropCause | null {
    if (this.state.kind !== "connected") return "away";
    assert.ok(data.length <= this.maxPayloadBytes);
    if (!this.isLosing) this.onPart(data);
    return null;
  }

  room(): Promise<void> {
    return Promise.resolve();
  }
}

const STREAM = "s1" as StreamKey;
const CLOSE: ToWorker = { kind: "close", stream: STREAM };
const frame = (text: string): ToWorker => ({ kind: "message", stream: STREAM, text });

/** Both sides of one session. */
function scene() {
  const bus = new FakeBus();
  const got: string[] = [];
  const over: string[] = [];
  const id = newSessionId();
  const worker = new Session<FromWorker, ToWorker>({
    bus: new FakeBus(),
    subject: "back",
    id,
    lanes: FROM_WORKER_LANES,
    onMessage: (message: ToChild, binary) =>
      got.push(message.kind === "message" ? message.text ?? `${binary.length}` : message.kind),
    onOver: (cause) => over.push(`worker: ${cause}`),
  });
  const node = new Session<ToWorker, FromWorker>({
    bus,
    subject: "there",
    id,
    lanes: INFERENCE_LANES,
    onMessage: () => {},
    onOver: (cause) => over.push(`node: ${cause}`),
  });
  bus.onPart = (data) => worker.receive(decodePart(data)!);
  return { bus, node, worker, got, over };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

Deno.test("Session carries messages longer than NATS does, in order", async () => {
  const { node, got, over } = scene();
  node.send(frame("a"));
  node.send({ kind: "message", stream: STREAM, text: null }, new Uint8Array(5_000));
  node.send(CLOSE);
  await settled();
  // What may not be lost goes first, and frames of a stream that closes are worth nothing.
  assert.deepEqual(got, ["a", "close"]);
  node.send({ kind: "message", stream: STREAM, text: null }, new Uint8Array(5_000));
  await settled();
  assert.deepEqual([got.at(-1), over], ["5000", []]);
});

Deno.test("Session lives with lost frames, and is over with any other loss by the next sign of life", async () => {
  const { bus, node, got, over } = scene();
  bus.isLosing = true;
  node.send(frame("lost"));
  await settled();
  bus.isLosing = false;
  node.beat();
  node.send(frame("b"));
  await settled();
  assert.deepEqual([got, over], [["b"], []]);
  bus.isLosing = true;
  node.send(CLOSE);
  await settled();
  bus.isLosing = false;
  node.beat();
  assert.match(over.join(), /^worker: something was lost/);
});

Deno.test("Session keeps what may not be lost while NATS is away, drops frames, and counts them", async () => {
  const { bus, node, got, over } = scene();
  bus.state = { kind: "away", reason: "test" };
  node.send(frame("late"));
  await settled();
  node.send(CLOSE);
  await settled();
  assert.deepEqual([got, node.dropped.away], [[], 1]);
  bus.state = { kind: "connected", server: "fake" };
  while (got.length === 0) await settled();
  assert.deepEqual([got, over], [["close"], []]);
});

Deno.test("Session that one side ends is over on the other", async () => {
  const { node, got, over } = scene();
  node.close();
  node.send(frame("a"));
  await settled();
  assert.deepEqual([got, over], [[], ["worker: the other side ended it"]]);
});
