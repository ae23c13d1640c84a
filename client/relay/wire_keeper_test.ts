import assert from "node:assert/strict";
import { RELAY_PING_MS, RELAY_SILENCE_MS, type RelayCloseReason } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import type { Wire, WireEvents, WireKind } from "./wire.ts";
import { WireKeeper } from "./wire_keeper.ts";

interface Opened {
  readonly kind: WireKind;
  readonly ticket: string;
  readonly events: WireEvents;
  readonly sent: unknown[];
  isClosed: boolean;
}

function setUp({ isSocketBlocked = false } = {}) {
  const timers = new FakeTimers();
  const opened: Opened[] = [];
  const lost: (RelayCloseReason | null)[] = [];
  let opens = 0;
  const keeper = new WireKeeper({
    timers,
    log: () => {},
    isSocketBlocked: () => isSocketBlocked,
    openWire(kind, ticket, events): Wire {
      const one: Opened = { kind, ticket, events, sent: [], isClosed: false };
      opened.push(one);
      return {
        bufferedBytes: 0,
        send: (message) => void one.sent.push(message),
        close: () => void (one.isClosed = true),
      };
    },
    onOpened: () => void opens++,
    onText: () => {},
    onFrame: () => {},
    onLost: (reason) => void lost.push(reason),
  });
  const at = (index: number) => opened.at(index)!;
  return { timers, keeper, opened, lost, at, opens: () => opens };
}

Deno.test("WireKeeper falls back to the stream with the same ticket, and remembers", () => {
  const { keeper, opened, at, lost, opens } = setUp();
  keeper.open("first");
  assert.equal(at(0).kind, "websocket");
  at(0).events.onClose(null);
  assert.deepEqual([at(1).kind, at(1).ticket], ["stream", "first"]);
  assert.equal(keeper.send({ type: "ping", nonce: 1 }), false, "not open yet");
  at(1).events.onText({ type: "opened" });
  assert.equal(opens(), 1);
  assert.equal(keeper.isOpen, true);
  at(1).events.onClose("timeout");
  assert.deepEqual(lost, ["timeout"]);
  keeper.open("second");
  assert.equal(at(2).kind, "stream");
  // That does not work either: the next time begins anew.
  at(2).events.onClose(null);
  assert.deepEqual(lost, ["timeout", null]);
  keeper.open("third");
  assert.equal(at(3).kind, "websocket");
  assert.equal(opened.length, 4);
});

Deno.test("WireKeeper takes a refusal for what it is: no other way helps", () => {
  const { keeper, at, opened, lost } = setUp();
  keeper.open("old");
  at(0).events.onClose("bad-ticket");
  assert.deepEqual([opened.length, lost], [1, ["bad-ticket"]]);
});

Deno.test("WireKeeper gives up a wire that does not open, and one that is silent", async () => {
  const { keeper, timers, at, lost } = setUp();
  keeper.open("ticket");
  await timers.advance(4_000);
  assert.deepEqual([at(0).isClosed, at(1).kind], [true, "stream"]);
  at(1).events.onText({ type: "opened" });
  await timers.advance(RELAY_PING_MS);
  assert.deepEqual(at(1).sent, [JSON.stringify({ type: "ping", nonce: 0 })]);
  at(1).events.onText({ type: "pong", nonce: 0 });
  await timers.advance(RELAY_SILENCE_MS - 1);
  assert.deepEqual(lost, []);
  await timers.advance(RELAY_PING_MS);
  assert.deepEqual(lost, [null]);
  assert.equal(timers.pending, 0);
});

Deno.test("WireKeeper starts with the stream where signalling had to", () => {
  const { keeper, at } = setUp({ isSocketBlocked: true });
  keeper.open("ticket");
  assert.equal(at(0).kind, "stream");
});

Deno.test("WireKeeper hears nothing more of a wire that it has replaced", () => {
  const { keeper, at, lost, opens } = setUp();
  keeper.open("one");
  keeper.open("two");
  assert.equal(at(0).isClosed, true);
  at(0).events.onText({ type: "opened" });
  at(0).events.onClose(null);
  assert.deepEqual([opens(), lost], [0, []]);
});
