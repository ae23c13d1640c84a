import assert from "node:assert/strict";
import { type FromServerMessage, type Join, type PeerInfo, PING_INTERVAL_MS } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import type { PageEvents } from "../base/page_events.ts";
import type { CarrierEvents } from "./carrier.ts";
import type { CarrierKind } from "./carrier_choice.ts";
import { SignalClient } from "./signal_client.ts";
import type { SignalState } from "./signal_state.ts";

const SELF = { id: "P".repeat(22), role: "phone", instance: "I".repeat(22) } as PeerInfo;
const JOINED: FromServerMessage = {
  type: "joined",
  version: 1,
  self: SELF,
  peers: [],
  iceServers: [],
};
const JOIN = { type: "join", version: 1 } as Join;

class FakeCarrier {
  readonly sent: Array<{ type: string; nonce?: number }> = [];
  isClosed = false;
  constructor(readonly kind: CarrierKind, readonly events: CarrierEvents) {}
  send(message: { type: string }) {
    this.sent.push(message);
  }
  close() {
    this.isClosed = true;
  }
}

function setup() {
  const timers = new FakeTimers();
  const carriers: FakeCarrier[] = [];
  const states: SignalState[] = [];
  const messages: FromServerMessage[] = [];
  let page: PageEvents | null = null;
  const client = new SignalClient({
    origin: "https://example.test",
    join: JOIN,
    openCarrier: (kind, { events }) => {
      const carrier = new FakeCarrier(kind, events);
      carriers.push(carrier);
      return carrier;
    },
    timers,
    watchPage: (events) => {
      page = events;
      return () => page = null;
    },
    random: () => 0.5,
    log: () => {},
    onState: (state) => states.push(state),
    onMessage: (message) => messages.push(message),
  });
  const refuse = (code: string, extra = {}) =>
    carriers.at(-1)!.events.onMessage(
      { type: "error", code, message: "", fatal: true, ...extra } as FromServerMessage,
    );
  const join = () => carriers.at(-1)!.events.onMessage(JOINED);
  const wake = () => page?.onWake();
  return { timers, carriers, states, messages, client, refuse, join, wake };
}

Deno.test("SignalClient joins and then sends", () => {
  const { client, carriers, join, messages } = setup();
  assert.equal(client.send({ type: "code-request" }), false);
  join();
  assert.equal(client.state.kind, "joined");
  assert.deepEqual(messages, [JOINED]);
  assert.equal(client.send({ type: "code-request" }), true);
  assert.deepEqual(carriers[0]!.sent, [{ type: "code-request" }]);
});

Deno.test("SignalClient comes back over a new carrier after a loss, without stale messages", async () => {
  const { timers, client, carriers, join } = setup();
  join();
  carriers[0]!.events.onClose();
  assert.equal(client.state.kind, "waiting");
  assert.equal(client.send({ type: "code-request" }), false);
  await timers.advance(300);
  assert.equal(carriers.length, 2);
  join();
  assert.equal(client.state.kind, "joined");
  assert.deepEqual(carriers[1]!.sent, []);
});

Deno.test("SignalClient falls back to SSE when WebSockets end before joining", async () => {
  const { timers, carriers, client, join } = setup();
  carriers[0]!.events.onClose();
  await timers.advance(1_000);
  carriers[1]!.events.onClose();
  await timers.advance(1_000);
  assert.deepEqual(carriers.map((carrier) => carrier.kind), ["websocket", "websocket", "sse"]);
  join();
  assert.deepEqual(client.state, { kind: "joined", carrier: "sse", self: SELF });
});

Deno.test("SignalClient gives up an attempt that hangs, and closes it", async () => {
  const { timers, carriers } = setup();
  await timers.advance(3_500);
  assert(carriers[0]!.isClosed);
  assert.equal(carriers.length, 2);
});

Deno.test("SignalClient treats a silent carrier as lost", async () => {
  const { timers, carriers, client, join } = setup();
  join();
  await timers.advance(PING_INTERVAL_MS);
  const { nonce } = carriers[0]!.sent[0]!;
  carriers[0]!.events.onMessage({ type: "pong", nonce: nonce! });
  await timers.advance(PING_INTERVAL_MS + 3_900);
  assert.equal(client.state.kind, "joined");
  await timers.advance(200);
  assert.notEqual(client.state.kind, "joined");
  assert(carriers[0]!.isClosed);
});

Deno.test("SignalClient stops after a final refusal until a person retries", async () => {
  const { timers, carriers, client, refuse } = setup();
  refuse("bad-token");
  assert.deepEqual(client.state, { kind: "refused", code: "bad-token" });
  await timers.advance(600_000);
  assert.equal(carriers.length, 1);
  client.retry();
  assert.equal(carriers.length, 2);
});

Deno.test("SignalClient goes on after other refusals, when the server says", async () => {
  const { timers, carriers, client, refuse, wake } = setup();
  refuse("too-fast", { retryAfterMs: 7_000 });
  wake();
  await timers.advance(6_900);
  assert.equal(carriers.length, 1);
  assert.equal(client.state.kind === "waiting" && client.state.cause, "too-fast");
  await timers.advance(200);
  assert.equal(carriers.length, 2);
});

Deno.test("SignalClient waits for the owner while the room is unknown", async () => {
  const { timers, carriers, client, refuse, join } = setup();
  for (let round = 0; round < 5; round++) {
    refuse("unknown-room");
    await timers.advance(2_000);
  }
  assert.equal(carriers.length, 6);
  assert(carriers.every((carrier) => carrier.kind === "websocket"));
  join();
  assert.equal(client.state.kind, "joined");
});

Deno.test("SignalClient passes a refusal that is not fatal on and stays", () => {
  const { client, join, carriers, messages } = setup();
  join();
  carriers[0]!.events.onMessage({ type: "error", code: "unknown-peer", message: "", fatal: false });
  assert.equal(client.state.kind, "joined");
  assert.equal(messages.length, 2);
});

Deno.test("SignalClient tries at once when the page wakes", async () => {
  const { timers, carriers, wake } = setup();
  for (let round = 0; round < 6; round++) {
    carriers.at(-1)!.events.onClose();
    await timers.advance(2_000);
  }
  carriers.at(-1)!.events.onClose();
  const before = carriers.length;
  wake();
  assert.equal(carriers.length, before + 1);
});

Deno.test("SignalClient.close() says leave when asked and leaves no timer behind", async () => {
  const { timers, carriers, client, join } = setup();
  join();
  client.close({ leave: true });
  assert.deepEqual(carriers[0]!.sent, [{ type: "leave" }]);
  assert.equal(timers.pending, 0);
  carriers[0]!.events.onClose();
  await timers.advance(60_000);
  assert.equal(client.state.kind, "closed");
  assert.equal(carriers.length, 1);
});
