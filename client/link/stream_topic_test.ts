import assert from "node:assert/strict";
import { MAX_RESULT_CHARS } from "@/protocol";
import { StreamTopic } from "./stream_topic.ts";
import { FakeTopic } from "./testing/fake_topics.ts";

const FIRST_PING = '{"type":"clock-ping","nonce":0}';

function setup() {
  const server = new FakeTopic(4);
  const heard: string[] = [];
  const topic = new StreamTopic(server.port, {
    onOpen: () => heard.push("open"),
    onText: (text) => heard.push(text),
    onClose: () => heard.push("close"),
    onBuffered: () => heard.push("buffered"),
  });
  const open = () => {
    server.link("stream");
    server.hear("pong");
  };
  return { server, heard, topic, open };
}

Deno.test("StreamTopic opens when an answer came, and sends nothing before", () => {
  const { server, heard, topic } = setup();
  assert.equal(topic.send("early"), false);
  server.link("stream");
  assert.deepEqual([topic.isOpen, topic.send("early"), server.sent], [false, false, [FIRST_PING]]);
  server.hear("pong");
  assert.deepEqual([topic.isOpen, topic.transport, heard], [true, "stream", ["open", "pong"]]);
});

Deno.test("StreamTopic carries bytes and texts out, and texts in", () => {
  const { server, heard, topic, open } = setup();
  open();
  const bytes = new Uint8Array([1, 2, 3]);
  assert.deepEqual([topic.send(bytes), topic.send("ping")], [true, true]);
  assert.deepEqual(server.sent.slice(1), [bytes, "ping"]);
  heard.length = 0;
  server.hear("result");
  server.hear(new Uint8Array(4));
  server.hear("x".repeat(MAX_RESULT_CHARS + 1));
  assert.deepEqual(heard, ["result"], "bytes and endless texts are not results");
  server.block(5000);
  assert.deepEqual([topic.bufferedBytes, heard.at(-1)], [5000, "buffered"]);
});

Deno.test("StreamTopic is open again when an answer comes over another link", () => {
  const { server, heard, topic, open } = setup();
  server.link("websocket");
  server.link(null);
  assert.deepEqual(heard, [], "it was not open");
  open();
  server.link(null);
  assert.deepEqual([topic.isOpen, topic.send("late")], [false, false]);
  open();
  assert.deepEqual(heard, ["open", "pong", "close", "open", "pong"]);
});

Deno.test("StreamTopic: given up, its link is looked at, and an answer opens it", () => {
  const { server, heard, topic, open } = setup();
  open();
  topic.giveUp();
  assert.deepEqual([topic.isOpen, server.checks], [false, 1]);
  assert.deepEqual(server.sent, [FIRST_PING, FIRST_PING]);
  server.hear("answer");
  assert.deepEqual(heard, ["open", "pong", "close", "open", "answer"]);
});

Deno.test("StreamTopic is silent once it was left", () => {
  const { server, heard, topic, open } = setup();
  open();
  topic.leave();
  server.link(null);
  server.hear("late");
  assert.deepEqual([heard, topic.isOpen, topic.send("late")], [["open", "pong"], false, false]);
});
