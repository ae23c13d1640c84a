import assert from "node:assert/strict";
import { INFERENCE_CHANNELS, MAX_RESULT_CHARS } from "@/protocol";
import { settle } from "../base/testing/fake_timers.ts";
import type { TakeChannels, TopicTakerEvents } from "../inference/frame_stream.ts";
import { type FakeTopic, fakeTopics } from "../link/testing/fake_topics.ts";
import { MAX_MESSAGE_BYTES } from "./frame_transport.ts";
import { dataChannelServer, type FakeServer } from "./testing/fake_frame_servers.ts";
import { openTopicTransport } from "./topic_transport.ts";

const note = (heard: string[]) => ({
  onOpen: () => heard.push("open"),
  onText: (text: string) => heard.push(text.slice(0, 20)),
  onClose: () => heard.push("close"),
});

function setup(): { server: FakeServer; heard: string[] } {
  const heard: string[] = [];
  return { server: dataChannelServer(note(heard)), heard };
}

Deno.test("datachannel: opens once, and sends nothing before", async () => {
  const { server, heard } = setup();
  assert.deepEqual([server.transport.isOpen, server.transport.send("early")], [false, false]);
  assert.equal(server.transport.send(new Uint8Array(3)), false);
  await server.accept();
  assert.deepEqual(heard.filter((event) => event === "open"), ["open"]);
  assert.deepEqual(server.sent, []);
  assert.deepEqual([server.transport.isOpen, server.transport.kind], [true, "datachannel"]);
});

Deno.test("datachannel: carries bytes and texts out, and texts in", async () => {
  const { server, heard } = setup();
  await server.accept();
  heard.length = 0;
  const bytes = new Uint8Array([1, 2, 3]);
  assert.equal(server.transport.send(bytes), true);
  assert.equal(server.transport.send("ping"), true);
  assert.deepEqual(server.sent, [bytes, "ping"]);
  server.deliver("result");
  server.deliver(new ArrayBuffer(4));
  server.deliver("x".repeat(MAX_RESULT_CHARS + 1));
  assert.deepEqual(heard, ["result"], "bytes and endless texts are not results");
});

Deno.test("datachannel: says how much waits, and how large a message may be", async () => {
  const { server } = setup();
  await server.accept();
  assert.equal(server.transport.bufferedBytes, 0);
  server.block(5000);
  assert.equal(server.transport.bufferedBytes, 5000);
  assert.equal(server.transport.maxMessageBytes, MAX_MESSAGE_BYTES);
});

for (const end of ["fail", "giveUp"] as const) {
  Deno.test(`datachannel: says once that it is not open any more (${end})`, async () => {
    const { server, heard } = setup();
    await server.accept();
    heard.length = 0;
    if (end === "fail") server.fail();
    else server.transport.giveUp();
    assert.deepEqual([heard, server.transport.isOpen], [["close"], false]);
    assert.equal(server.transport.send("late"), false);
  });
}

Deno.test("datachannel: is silent after close()", async () => {
  const { server, heard } = setup();
  await server.accept();
  heard.length = 0;
  server.transport.close();
  server.fail();
  server.deliver("late");
  assert.deepEqual(heard, []);
  assert.equal(server.isReleased(), true);
});

Deno.test("datachannel: offers two negotiated channels that give old packets up", async () => {
  const server = dataChannelServer({ onOpen() {}, onText() {}, onClose() {} });
  await server.accept();
  const { frames, results, maxPacketLifeTimeMs: maxPacketLifeTime } = INFERENCE_CHANNELS;
  const rest = { negotiated: true, ordered: false, maxPacketLifeTime };
  assert.deepEqual(server.channels.map(({ options }) => options), [
    { ...rest, id: frames.id },
    { ...rest, id: results.id },
  ]);
  assert.equal(server.said.filter(({ kind }) => kind === "offer").length, 1);
});

Deno.test("datachannel: lets everything go when it fails, and says nothing more", async () => {
  const heard: string[] = [];
  const server = dataChannelServer({ ...note(heard), onOpen() {} });
  await server.accept();
  server.fail();
  server.fail();
  server.deliver("late");
  assert.deepEqual([heard, server.isReleased()], [["close"], true]);
});

Deno.test("datachannel: waits for nothing when its offer is refused", async () => {
  const heard: string[] = [];
  const server = dataChannelServer({
    onOpen() {},
    onText() {},
    onClose: () => heard.push("close"),
  });
  await settle();
  server.transport.receive!({ kind: "offer-refused", cause: "no-port" });
  assert.deepEqual([heard, server.isReleased()], [["close"], true]);
});

Deno.test("datachannel: leaves channels alone that are taken, and is open when their taker says so", async () => {
  const heard: string[] = [];
  let taker: Parameters<TakeChannels>[1] | undefined;
  const server = dataChannelServer({
    ...note(heard),
    takeChannels(_channels, events) {
      taker = events;
      return true;
    },
  });
  await server.accept();
  server.deliver("result");
  assert.deepEqual([heard, server.transport.isOpen], [[], false]);
  taker!.onOpen();
  assert.deepEqual([heard, server.transport.isOpen], [["open"], true]);
  assert.deepEqual([server.transport.send("ping"), server.sent], [false, []]);
  taker!.onClose();
  taker!.onOpen();
  assert.deepEqual([heard, server.transport.isOpen], [["open", "close"], false]);
  assert.equal(server.isReleased(), true);
});

Deno.test("link: gives its topic to whoever makes the stream, and is as open as that one says", () => {
  const heard: string[] = [];
  const topics: FakeTopic[] = [];
  const takers: TopicTakerEvents[] = [];
  const transport = openTopicTransport({ openTopic: fakeTopics(topics), topic: 4 }, {
    ...{ ...note(heard), log: () => {}, say: () => assert.fail("nothing is to be said") },
    takeTopic(port, events) {
      assert.equal(port, topics.at(-1)!.port);
      takers.push(events);
    },
  });
  const [first] = takers;
  assert.deepEqual([topics.map(({ number }) => number), transport.isOpen], [[4], false]);
  first!.onOpen("stream");
  assert.deepEqual([transport.isOpen, transport.kind], [true, "stream"]);
  assert.equal(transport.send("ping"), false, "it is not used here");
  first!.onClose();
  first!.onClose();
  first!.onOpen("websocket");
  assert.deepEqual([heard, transport.kind], [["open", "close", "open"], "websocket"]);
  // Its Worker died: the next one gets a port of its own.
  first!.onGone();
  assert.deepEqual([heard.at(-1), transport.isOpen, takers.length], ["close", false, 2]);
  assert.deepEqual(topics.map(({ isClosed }) => isClosed), [true, false]);
  first!.onOpen("websocket");
  assert.equal(transport.isOpen, false);
  transport.close();
  takers[1]!.onOpen("websocket");
  takers[1]!.onGone();
  assert.deepEqual([topics[1]!.isClosed, topics.length, heard.length], [true, 2, 4]);
});
