import assert from "node:assert/strict";
import {
  encodeRecord,
  FINAL_ERROR_CODES,
  type FromClientMessage,
  type FromServerMessage,
  type Join,
  LINK_TOPIC,
  type LinkRecord,
  PING_INTERVAL_MS,
  PONG_TIMEOUT_MS,
} from "@/protocol";
import type { PageEvents } from "../base/page_events.ts";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { Link } from "./link.ts";
import type { ServerLinkState } from "./server_link_state.ts";
import { FakeTransport, JOINED, linkParts, SELF } from "./testing/fake_transport.ts";

const JOIN = { type: "join", version: 1 } as Join;

function setup(hello: (say: (first: FromClientMessage) => void) => void = (say) => say(JOIN)) {
  const timers = new FakeTimers();
  const transports: FakeTransport[] = [];
  const states: ServerLinkState[] = [];
  const messages: FromServerMessage[] = [];
  const data: LinkRecord[] = [];
  let page: PageEvents | null = null;
  const link = new Link({
    ...linkParts(transports, timers),
    name: "control",
    pongTimeoutMs: PONG_TIMEOUT_MS,
    hasSpare: false,
    hello,
    isFinal: (code) => FINAL_ERROR_CODES.has(code),
    watchPage: (events) => {
      page = events;
      return () => page = null;
    },
    onState: (state) => states.push(state),
    onMessage: (message) => messages.push(message),
    onData: (record) => data.push(record),
  });
  const refuse = (code: string, extra = {}) =>
    transports.at(-1)!.hear(
      { type: "error", code, message: "", fatal: true, ...extra } as FromServerMessage,
    );
  const join = () => transports.at(-1)!.hear(JOINED);
  const wake = () => page?.onWake();
  return { timers, transports, states, messages, data, link, refuse, join, wake };
}

Deno.test("Link joins and then sends", () => {
  const { link, transports, join, messages } = setup();
  assert.equal(link.send({ type: "code-request" }), false);
  join();
  assert.equal(link.state.kind, "joined");
  assert.deepEqual(messages, [JOINED]);
  assert.equal(link.send({ type: "code-request" }), true);
  assert.deepEqual(transports[0]!.sent, [{ type: "code-request" }]);
});

Deno.test("Link comes back over a new transport after a loss, without stale messages", async () => {
  const { timers, link, transports, join } = setup();
  join();
  transports[0]!.events.onClose();
  assert.equal(link.state.kind, "waiting");
  assert.equal(link.send({ type: "code-request" }), false);
  await timers.advance(300);
  assert.equal(transports.length, 2);
  join();
  assert.equal(link.state.kind, "joined");
  assert.deepEqual(transports[1]!.sent, []);
});

Deno.test("Link falls back to the stream when WebSockets end before joining", async () => {
  const { timers, transports, link, join } = setup();
  transports[0]!.events.onClose();
  await timers.advance(1_000);
  transports[1]!.events.onClose();
  await timers.advance(1_000);
  assert.deepEqual(transports.map((transport) => transport.kind), [
    "websocket",
    "websocket",
    "stream",
  ]);
  join();
  assert.deepEqual(link.state, { kind: "joined", transport: "stream", self: SELF });
});

Deno.test("Link gives up an attempt that hangs, and closes it", async () => {
  const { timers, transports } = setup();
  await timers.advance(3_500);
  assert(transports[0]!.isClosed);
  assert.equal(transports.length, 2);
});

Deno.test("Link treats a silent link as lost", async () => {
  const { timers, transports, link, join } = setup();
  join();
  await timers.advance(PING_INTERVAL_MS);
  const ping = transports[0]!.sent[0]!;
  assert.ok(ping.type === "ping");
  transports[0]!.hear({ type: "pong", nonce: ping.nonce });
  await timers.advance(PING_INTERVAL_MS + 3_900);
  assert.equal(link.state.kind, "joined");
  await timers.advance(200);
  assert.notEqual(link.state.kind, "joined");
  assert(transports[0]!.isClosed);
});

Deno.test("Link stops after a final refusal until a person retries", async () => {
  const { timers, transports, link, refuse } = setup();
  refuse("bad-token");
  assert.deepEqual(link.state, { kind: "refused", code: "bad-token" });
  await timers.advance(600_000);
  assert.equal(transports.length, 1);
  link.retry();
  assert.equal(transports.length, 2);
});

Deno.test("Link stops when it is replaced, however it came in", () => {
  for (const refusals of [0, 1, 2]) {
    const { link, refuse, join } = setup();
    for (let count = 0; count < refusals; count++) {
      refuse("unknown-room");
      link.retry();
    }
    join();
    refuse("replaced");
    assert.deepEqual(link.state, { kind: "refused", code: "replaced" });
  }
});

Deno.test("Link goes on after other refusals, when the server says", async () => {
  const { timers, transports, link, refuse, wake } = setup();
  refuse("too-fast", { retryAfterMs: 7_000 });
  wake();
  await timers.advance(6_900);
  assert.equal(transports.length, 1);
  assert.equal(link.state.kind === "waiting" && link.state.cause, "too-fast");
  await timers.advance(200);
  assert.equal(transports.length, 2);
});

Deno.test("Link waits for the owner while the room is unknown", async () => {
  const { timers, transports, link, refuse, join } = setup();
  for (let round = 0; round < 5; round++) {
    refuse("unknown-room");
    await timers.advance(2_000);
  }
  assert.equal(transports.length, 6);
  assert(transports.every((transport) => transport.kind === "websocket"));
  join();
  assert.equal(link.state.kind, "joined");
});

Deno.test("Link passes a refusal that is not fatal on and stays", () => {
  const { link, join, transports, messages } = setup();
  join();
  transports[0]!.hear({ type: "error", code: "unknown-peer", message: "", fatal: false });
  assert.equal(link.state.kind, "joined");
  assert.equal(messages.length, 2);
});

Deno.test("Link tries at once when the page wakes", async () => {
  const { timers, transports, wake } = setup();
  for (let round = 0; round < 6; round++) {
    transports.at(-1)!.events.onClose();
    await timers.advance(2_000);
  }
  transports.at(-1)!.events.onClose();
  const before = transports.length;
  wake();
  assert.equal(transports.length, before + 1);
});

Deno.test("Link.close() says leave when asked and leaves no timer behind", async () => {
  const { timers, transports, link, join } = setup();
  join();
  link.close({ leave: true });
  assert.deepEqual(transports[0]!.sent, [{ type: "leave" }]);
  assert.equal(timers.pending, 0);
  transports[0]!.events.onClose();
  await timers.advance(60_000);
  assert.equal(link.state.kind, "closed");
  assert.equal(transports.length, 1);
});

Deno.test("Link waits for what it has to say first, and counts no transport that it did not open", async () => {
  let say: ((first: FromClientMessage) => void) | null = null;
  let asked = 0;
  const { timers, transports, join, link } = setup((given) => {
    asked += 1;
    say = given;
  });
  await timers.advance(30_000);
  assert.ok(asked > 3);
  assert.deepEqual(transports, []);
  const stale = say!;
  await timers.advance(10_000);
  stale(JOIN);
  assert.deepEqual(transports, [], "the attempt that asked is over");
  say!(JOIN);
  say!(JOIN);
  assert.deepEqual(transports.map(({ kind }) => kind), ["websocket"]);
  join();
  assert.equal(link.state.kind, "joined");
});

Deno.test("Link carries other topics apart from what is said of link and room", () => {
  const { link, transports, join, data, messages } = setup();
  assert.equal(link.sendData(3, "early"), false);
  join();
  assert.equal(link.sendData(3, "up"), true);
  assert.deepEqual(transports[0]!.raw.at(-1), encodeRecord(3, "up"));
  transports[0]!.events.onRecord({ topic: 3, data: "down" });
  transports[0]!.events.onRecord({ topic: LINK_TOPIC, data: "not of ours" });
  assert.deepEqual([data, messages], [[{ topic: 3, data: "down" }], [JOINED]]);
});
