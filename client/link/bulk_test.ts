import assert from "node:assert/strict";
import { encodeRecord, type Instance, type RecordData } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { Bulk } from "./bulk.ts";
import { type FakeTransport, linkParts, SELF } from "./testing/fake_transport.ts";

const ticketOf = (name: string) => name.repeat(22) as Instance;

function setup() {
  const timers = new FakeTimers();
  const transports: FakeTransport[] = [];
  let asked = 0;
  const bulk = new Bulk({
    ...linkParts(transports, timers),
    askForTicket: () => asked += 1,
    onUse: () => {},
  });
  const open = (number: number) => {
    const heard: (RecordData | boolean)[] = [];
    const topic = bulk.open(number, {
      onLinked: (isLinked) => heard.push(isLinked),
      onData: (data) => heard.push(data),
    });
    return { topic, heard };
  };
  const link = (name = "t") => {
    bulk.ticket(ticketOf(name));
    transports.at(-1)!.hear({ type: "opened", self: SELF });
  };
  return { timers, transports, bulk, open, link, asked: () => asked };
}

Deno.test("Bulk opens one link for all topics, with a ticket, and closes it behind the last", () => {
  const { bulk, transports, open, link, asked } = setup();
  bulk.ticket(ticketOf("x"));
  assert.equal(transports.length, 0, "nobody wants it");
  const [one, two] = [open(1), open(2)];
  assert.deepEqual([asked(), one.topic.send("early"), one.topic.transport], [1, false, null]);
  link();
  assert.deepEqual(transports.map(({ first }) => first), [{ type: "open", ticket: ticketOf("t") }]);
  assert.deepEqual([one.heard, two.heard, one.topic.transport], [[true], [true], "websocket"]);
  assert.ok(two.topic.send("up"));
  assert.deepEqual(transports[0]!.raw.at(-1), encodeRecord(2, "up"));
  transports[0]!.events.onRecord({ topic: 1, data: "down" });
  transports[0]!.events.onRecord({ topic: 9, data: "nobody" });
  assert.deepEqual([one.heard, two.heard], [[true, "down"], [true]]);
  one.topic.close();
  assert.equal(transports[0]!.isClosed, false);
  two.topic.close();
  assert.equal(transports[0]!.isClosed, true);
  assert.equal(two.topic.send("late"), false);
});

Deno.test("Bulk tells its topics of a loss, and opens another link with another ticket", async () => {
  const { transports, open, link, timers, asked } = setup();
  const { heard } = open(1);
  link("a");
  transports[0]!.events.onClose();
  assert.deepEqual(heard, [true, false]);
  await timers.advance(1_000);
  assert.equal(asked(), 2);
  link("b");
  assert.deepEqual(heard, [true, false, true]);
  // A refusal is no end either: the control link knows what cannot be helped.
  transports[1]!.hear({ type: "error", code: "bad-ticket", message: "", fatal: true });
  await timers.advance(3_000);
  assert.equal(asked(), 3);
});

Deno.test("Bulk.wake() asks again for a ticket that was asked for in vain, once", async () => {
  const { bulk, open, link, timers, asked, transports } = setup();
  open(1);
  bulk.wake();
  assert.equal(asked(), 2);
  await timers.advance(3_000);
  const before = asked();
  bulk.wake();
  assert.equal(asked(), before + 1);
  link();
  bulk.wake();
  assert.deepEqual([asked(), transports.length], [before + 1, 1]);
});

Deno.test("Bulk: a topic of the same number takes the place of the one before", () => {
  const { transports, open, link } = setup();
  const before = open(1);
  link();
  const now = open(1);
  transports[0]!.events.onRecord({ topic: 1, data: "x" });
  assert.deepEqual([before.heard, now.heard], [[true], ["x"]]);
  before.topic.close();
  assert.deepEqual([before.topic.send("y"), now.topic.send("y")], [false, true]);
});

Deno.test("Bulk.close() tells topics that nothing carries them any more, and leaves no timer behind", async () => {
  const { bulk, open, link, timers } = setup();
  const { heard, topic } = open(1);
  link();
  bulk.close();
  assert.deepEqual([heard, topic.send("x"), timers.pending], [[true, false], false, 0]);
  await timers.advance(60_000);
});
