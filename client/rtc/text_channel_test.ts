import assert from "node:assert/strict";
import { type FromViewerMessage, parseFromViewer } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { FLOOD_PER_SECOND } from "./inlet.ts";
import { CONTROL, openDataChannel, TextChannel, TIMING } from "./text_channel.ts";

class FakeDataChannel extends EventTarget {
  readyState = "open";
  bufferedAmount = 0;
  readonly sent: string[] = [];
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.readyState = "closed";
  }
}

function setup() {
  const channel = new FakeDataChannel();
  const messages: FromViewerMessage[] = [];
  const lines: string[] = [];
  const timers = new FakeTimers();
  const control = new TextChannel<unknown, FromViewerMessage>({
    channel: channel as never,
    kind: CONTROL,
    timers,
    log: (line) => lines.push(line),
    parse: parseFromViewer,
    onOpen: () => {},
    onMessage: (message) => messages.push(message),
  });
  const receive = (data: unknown) => channel.dispatchEvent(new MessageEvent("message", { data }));
  return { channel, control, messages, lines, receive, timers };
}

Deno.test("TextChannel hands on messages and drops the rest with one line", () => {
  const { receive, messages, lines } = setup();
  const pause = { type: "camera-command", command: "pause", paused: true };
  receive("{");
  receive(new ArrayBuffer(3));
  receive(JSON.stringify({ type: "unheard-of" }));
  receive(JSON.stringify(pause));
  receive(" ".repeat(100_000));
  assert.deepEqual(messages, [pause]);
  assert.equal(lines.length, 1);
});

const pauseText = (paused: boolean) =>
  JSON.stringify({ type: "camera-command", command: "pause", paused });

Deno.test("TextChannel takes of a peer no more than the server takes of a page, and what it said last", async () => {
  const { receive, messages, timers } = setup();
  const { perSecond, burst } = CONTROL.inlet;
  for (let second = 0; second < 10; second++) {
    for (let at = 0; at < 1_000; at++) receive(pauseText(true));
    await timers.advance(1_000);
  }
  assert.ok(messages.length <= burst + 10 * perSecond, String(messages.length));
  receive(pauseText(false));
  await timers.advance(1_000);
  assert.deepEqual(messages.at(-1), JSON.parse(pauseText(false)));
});

Deno.test("TextChannel closes the channel of a flood, with one line", () => {
  const { receive, channel, lines } = setup();
  for (let at = 0; at < 3 * FLOOD_PER_SECOND; at++) receive(new ArrayBuffer(1));
  assert.equal(channel.readyState, "closed");
  assert.equal(lines.filter((line) => line.startsWith("closed control")).length, 1);
});

Deno.test("TextChannel sends only while it is open and not stuck", () => {
  const { channel, control } = setup();
  assert.equal(control.send({ a: 1 }), true);
  channel.bufferedAmount = 1e6;
  assert.equal(control.send({ a: 2 }), false);
  channel.bufferedAmount = 0;
  channel.readyState = "closed";
  assert.equal(control.send({ a: 3 }), false);
  assert.deepEqual(channel.sent, ['{"a":1}']);
});

Deno.test("TextChannel refuses to send what the other side would refuse to read", () => {
  const { control } = setup();
  assert.throws(() => control.send({ text: "x".repeat(CONTROL.maxChars) }), RangeError);
});

Deno.test("openDataChannel() opens both kinds under ids of their own, timing without repeats", () => {
  const opened: RTCDataChannelInit[] = [];
  const connection = {
    createDataChannel: (_label: string, init: RTCDataChannelInit) => opened.push(init),
  };
  for (const kind of [CONTROL, TIMING]) openDataChannel(connection as never, kind);
  assert.deepEqual(opened, [
    { negotiated: true, id: 0, ordered: true },
    { negotiated: true, id: 1, ordered: false, maxRetransmits: 0 },
  ]);
});
