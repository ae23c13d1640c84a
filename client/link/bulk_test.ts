import assert from "node:assert/strict";
import { encodeRecord, type Instance } from "@/protocol";
import { portPair } from "../base/testing/fake_ports.ts";
import type { PortLike } from "../base/worker_handle.ts";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { BUFFERED_LOOK_MS, Bulk } from "./bulk.ts";
import { Topic } from "./topic.ts";
import { type FakeTransport, linkParts, SELF } from "./testing/fake_transport.ts";

const ticketOf = (name: string) => name.repeat(22) as Instance;

function setup() {
  const timers = new FakeTimers();
  const transports: FakeTransport[] = [];
  const ports: ReturnType<typeof portPair>[] = [];
  let asked = 0;
  const bulk = new Bulk({ ...linkParts(transports, timers), askForTicket: () => asked += 1 });
  const deliver = () => ports.forEach((port) => port.deliver());
  /** Opens a topic, of which both ends are in the test's hands. */
  const open = (number: number, id = ports.length) => {
    const heard: unknown[] = [];
    const pair = portPair();
    ports.push(pair);
    bulk.open(number, { id, port: pair.a, bytesPort: null });
    const topic = new Topic(pair.b, {
      onLinked: (isLinked) => heard.push(isLinked),
      onData: (data) => heard.push(typeof data === "string" ? data : [...data]),
    });
    pair.deliver();
    return { topic, heard };
  };
  const link = (name = "t") => {
    bulk.ticket(ticketOf(name));
    transports.at(-1)!.hear({ type: "opened", self: SELF });
    deliver();
  };
  return { timers, transports, bulk, open, link, deliver, asked: () => asked };
}

Deno.test("Bulk opens one link for all topics, with a ticket, and tells each what is its own", () => {
  const { bulk, transports, open, link, asked, deliver } = setup();
  bulk.ticket(ticketOf("x"));
  assert.equal(transports.length, 0, "nobody wants it");
  const [one, two] = [open(1), open(2)];
  assert.deepEqual([asked(), one.topic.send("early"), one.topic.transport], [1, false, null]);
  link();
  assert.deepEqual(transports.map(({ first }) => first), [{ type: "open", ticket: ticketOf("t") }]);
  assert.deepEqual([one.heard, two.heard, one.topic.transport], [[true], [true], "websocket"]);
  assert.ok(one.topic.send(new Uint8Array([7])));
  assert.ok(two.topic.send("up"));
  deliver();
  assert.deepEqual(transports[0]!.raw, [
    encodeRecord(1, new Uint8Array([7])),
    encodeRecord(2, "up"),
  ]);
  const { events } = transports[0]!;
  events.onRecord({ topic: 1, data: "down" });
  events.onRecord({ topic: 1, data: new Uint8Array([1, 2, 3]).subarray(1) });
  events.onRecord({ topic: 9, data: "nobody" });
  deliver();
  assert.deepEqual([one.heard, two.heard], [[true, "down", [2, 3]], [true]]);
  // On a link that is open, one is told so at once.
  assert.deepEqual(open(3).heard, [true]);
});

Deno.test("Bulk tells its topics of a loss, and opens another link with another ticket", async () => {
  const { transports, open, link, timers, asked, deliver } = setup();
  const { heard, topic } = open(1);
  link("a");
  topic.send("taken before the loss");
  transports[0]!.events.onClose();
  deliver();
  assert.deepEqual([heard, topic.transport, topic.send("x")], [[true, false], null, false]);
  assert.deepEqual([transports[0]!.raw.length, topic.bufferedBytes], [0, 0], "lost with the link");
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
  bulk.wake(false);
  assert.equal(asked(), 2);
  await timers.advance(3_000);
  const before = asked();
  bulk.wake(false);
  assert.equal(asked(), before + 1);
  link();
  bulk.wake(false);
  assert.deepEqual([asked(), transports.length], [before + 1, 1]);
});

Deno.test("Bulk: a topic of the same number takes the place of the one before", () => {
  const { bulk, transports, open, link, deliver } = setup();
  const before = open(1, 10);
  link();
  const now = open(1, 11);
  transports[0]!.events.onRecord({ topic: 1, data: "x" });
  deliver();
  assert.deepEqual([before.heard, now.heard], [[true], [true, "x"]]);
  bulk.close(10);
  before.topic.send("y");
  now.topic.send("z");
  deliver();
  assert.deepEqual(transports[0]!.raw, [encodeRecord(1, "z")]);
  bulk.close(11);
  now.topic.send("late");
  transports[0]!.events.onRecord({ topic: 1, data: "late" });
  deliver();
  assert.deepEqual([transports[0]!.raw.length, now.heard], [1, [true, "x"]]);
});

Deno.test("Bulk: bytes are heard at a port of their own, where there is one, and both may send", () => {
  const { bulk, transports, link, asked } = setup();
  const [texts, bytes] = [portPair(), portPair()];
  bulk.open(1, { id: 1, port: texts.a, bytesPort: bytes.a });
  link();
  const heard: unknown[] = [];
  const hear = (port: PortLike, name: string) =>
    new Topic(port, {
      onLinked: (isLinked) => heard.push([name, isLinked]),
      onData: (data) => heard.push([name, data.length]),
    });
  const topics = [hear(texts.b, "texts"), hear(bytes.b, "bytes")];
  const deliver = () => [texts, bytes].forEach((port) => port.deliver());
  deliver();
  transports[0]!.events.onRecord({ topic: 1, data: "text" });
  transports[0]!.events.onRecord({ topic: 1, data: new Uint8Array(9) });
  topics.forEach((topic) => topic.send("up"));
  deliver();
  assert.deepEqual(heard, [["texts", true], ["bytes", true], ["texts", 4], ["bytes", 9]]);
  assert.deepEqual(transports[0]!.raw, [encodeRecord(1, "up"), encodeRecord(1, "up")]);
  assert.deepEqual(topics.map(({ bufferedBytes }) => bufferedBytes), [0, 0]);
  bulk.end();
  deliver();
  assert.deepEqual(heard.slice(-2), [["texts", false], ["bytes", false]]);
  assert.equal(asked(), 1);
});

Deno.test("Topic.bufferedBytes: what waits of all topics, and what was not even taken", async () => {
  const { transports, open, link, timers, deliver } = setup();
  const [one, two] = [open(1), open(2)];
  link();
  one.topic.send(new Uint8Array(5));
  one.topic.send("abc");
  assert.equal(one.topic.bufferedBytes, 8);
  transports[0]!.bufferedBytes = 100;
  deliver();
  assert.deepEqual([one.topic.bufferedBytes, two.topic.bufferedBytes], [100, 100]);
  transports[0]!.bufferedBytes = 40;
  await timers.advance(BUFFERED_LOOK_MS);
  deliver();
  assert.deepEqual([one.topic.bufferedBytes, two.topic.bufferedBytes], [40, 40]);
  one.topic.send("abc");
  assert.equal(one.topic.bufferedBytes, 43);
  transports[0]!.bufferedBytes = 0;
  await timers.advance(BUFFERED_LOOK_MS);
  deliver();
  assert.deepEqual([one.topic.bufferedBytes, two.topic.bufferedBytes], [0, 0]);
});

Deno.test("Topic.check() looks whether the link is alive", () => {
  const { transports, open, link, deliver } = setup();
  const { topic } = open(1);
  link();
  topic.check();
  deliver();
  assert.deepEqual(transports[0]!.sent, [{ type: "ping", nonce: 0 }]);
});

Deno.test("Bulk.end() tells topics that nothing carries them any more, and leaves no timer behind", async () => {
  const { bulk, open, link, timers, transports, deliver } = setup();
  const { heard, topic } = open(1);
  link();
  bulk.end();
  deliver();
  assert.deepEqual([heard, topic.send("x"), timers.pending], [[true, false], false, 0]);
  assert.equal(transports[0]!.isClosed, true);
  await timers.advance(60_000);
});
