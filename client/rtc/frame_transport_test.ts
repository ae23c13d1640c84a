import assert from "node:assert/strict";
import { INFERENCE_CHANNELS, MAX_RESULT_CHARS } from "@/protocol";
import { settle } from "../base/testing/fake_timers.ts";
import type { TakeChannels } from "../inference/frame_stream.ts";
import { MAX_MESSAGE_BYTES } from "./frame_transport.ts";
import { dataChannelServer, type FakeServer, topicServer } from "./testing/fake_frame_servers.ts";

/** One suite for both transports: whoever sends frames need not know which it is. */
const SERVERS = { datachannel: dataChannelServer, link: topicServer } as const;

function setup(kind: keyof typeof SERVERS): { server: FakeServer; heard: string[] } {
  const heard: string[] = [];
  const server = SERVERS[kind]({
    onOpen: () => heard.push("open"),
    onText: (text) => heard.push(text.slice(0, 20)),
    onClose: () => heard.push("close"),
  });
  return { server, heard };
}

for (const kind of ["datachannel", "link"] as const) {
  Deno.test(`${kind}: opens once, and sends nothing before`, async () => {
    const { server, heard } = setup(kind);
    assert.deepEqual([server.transport.isOpen, server.transport.send("early")], [false, false]);
    assert.equal(server.transport.send(new Uint8Array(3)), false);
    await server.accept();
    assert.deepEqual(heard.filter((event) => event === "open"), ["open"]);
    assert.deepEqual(server.sent, []);
    assert.equal(server.transport.isOpen, true);
    assert.equal(server.transport.kind, kind === "link" ? "websocket" : kind);
  });

  Deno.test(`${kind}: carries bytes and texts out, and texts in`, async () => {
    const { server, heard } = setup(kind);
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

  Deno.test(`${kind}: says how much waits, and how large a message may be`, async () => {
    const { server } = setup(kind);
    await server.accept();
    assert.equal(server.transport.bufferedBytes, 0);
    server.block(5000);
    assert.equal(server.transport.bufferedBytes, 5000);
    assert.equal(server.transport.maxMessageBytes, MAX_MESSAGE_BYTES);
  });

  for (const end of ["fail", "giveUp"] as const) {
    Deno.test(`${kind}: says once that it is not open any more (${end})`, async () => {
      const { server, heard } = setup(kind);
      await server.accept();
      heard.length = 0;
      if (end === "fail") server.fail();
      else server.transport.giveUp();
      assert.deepEqual([heard, server.transport.isOpen], [["close"], false]);
      assert.equal(server.transport.send("late"), false);
    });
  }

  Deno.test(`${kind}: is silent after close()`, async () => {
    const { server, heard } = setup(kind);
    await server.accept();
    heard.length = 0;
    server.transport.close();
    server.fail();
    server.deliver("late");
    assert.deepEqual(heard, []);
    assert.equal(server.isReleased(), true);
  });
}

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
  const note = (what: string) => () => heard.push(what);
  const server = dataChannelServer({ onOpen() {}, onText: note("text"), onClose: note("close") });
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
  const note = (what: string) => () => heard.push(what);
  let taker: Parameters<TakeChannels>[1] | undefined;
  const server = dataChannelServer({
    ...{ onOpen: note("open"), onText: note("text"), onClose: note("close") },
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

Deno.test("link: is open again when an answer comes over another link", async () => {
  const heard: string[] = [];
  const note = (what: string) => () => heard.push(what);
  const server = topicServer({ onOpen: note("open"), onText() {}, onClose: note("close") });
  assert.deepEqual(server.numbers, [4]);
  // One that fails before it was open is opened again by itself.
  server.fail();
  assert.deepEqual(heard, []);
  await server.accept();
  server.fail();
  await server.accept();
  assert.deepEqual(heard, ["open", "close", "open"]);
  // Given up, it is asked once more.
  server.transport.giveUp();
  assert.deepEqual(server.sent, ['{"type":"clock-ping","nonce":0}']);
  server.deliver("answer");
  assert.deepEqual(heard.slice(3), ["close", "open"]);
});
