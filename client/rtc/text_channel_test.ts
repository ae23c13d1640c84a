import assert from "node:assert/strict";
import { type FromViewerMessage, parseFromViewer } from "@/protocol";
import { CONTROL, openDataChannel, TextChannel, TIMING } from "./text_channel.ts";

class FakeDataChannel extends EventTarget {
  readyState = "open";
  bufferedAmount = 0;
  readonly sent: string[] = [];
  send(text: string) {
    this.sent.push(text);
  }
}

function setup() {
  const channel = new FakeDataChannel();
  const messages: FromViewerMessage[] = [];
  const lines: string[] = [];
  const control = new TextChannel<unknown, FromViewerMessage>({
    channel: channel as never,
    kind: CONTROL,
    log: (line) => lines.push(line),
    parse: parseFromViewer,
    onOpen: () => {},
    onMessage: (message) => messages.push(message),
  });
  const receive = (data: unknown) => channel.dispatchEvent(new MessageEvent("message", { data }));
  return { channel, control, messages, lines, receive };
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
