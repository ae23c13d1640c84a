import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import ndc from "node-datachannel";
import * as v from "valibot";
import { frameResultSchema } from "@/protocol";
import { childConfig, frameOf, gradient, KEY, SETTINGS, TestChild } from "./testing/test_child.ts";
import type { StreamKey } from "./ipc.ts";
import { TestViewer } from "./testing/test_viewer.ts";

// The library's threads outlive their connections and would keep the test process alive.
Deno.test.afterAll(() => ndc.cleanup());

const PICTURE = gradient(416, 416);
const answers = (frameId: number) => (message: Record<string, unknown>) =>
  message["frame_id"] === String(frameId);

Deno.test("a viewer's frames come by the DataChannel, and their results go back by it", async () => {
  await using child = new TestChild(childConfig());
  await child.open();
  await using viewer = new TestViewer(child);
  await viewer.connect();
  assert.equal(viewer.frames.maxMessageSize(), 262_144);
  for (const [frameId, maxMessageBytes] of [[1, 262_144], [2, 16_384], [3, 1_000]] as const) {
    viewer.send(frameOf(frameId, PICTURE), maxMessageBytes);
    const answer = await viewer.next(answers(frameId));
    assert.ok(v.is(frameResultSchema, answer), JSON.stringify(answer));
  }
  assert.ok(child.received.every(({ kind }) => kind !== "message"));

  viewer.results.sendMessage(JSON.stringify({ type: "clock-ping", nonce: 3 }));
  const pong = await viewer.next(({ type }) => type === "clock-pong");
  assert.ok(Math.abs(Number(pong["time_ms"]) - Date.now()) < 2_000);

  // The other way may be used at any time; each frame is answered where it came from.
  await child.sendFrame(frameOf(4, PICTURE));
  assert.ok("detections" in await child.answerTo(4));
  viewer.send(frameOf(5, PICTURE));
  await viewer.next(answers(5));
});

Deno.test("what a channel does not carry is refused, and nothing else suffers", async () => {
  await using child = new TestChild(childConfig());
  await child.open();
  await using viewer = new TestViewer(child);
  await viewer.connect();
  viewer.frames.sendMessage("not a frame");
  viewer.frames.sendMessageBinary(new Uint8Array(20));
  viewer.results.sendMessageBinary(new Uint8Array(20));
  viewer.results.sendMessage("not JSON");
  viewer.send(frameOf(1, { ...PICTURE, jpeg: new Uint8Array(5_000) }));
  const drop = await viewer.next(answers(1));
  assert.deepEqual([drop["type"], drop["cause"]], ["drop", "bad-jpeg"]);
  viewer.send(frameOf(2, PICTURE));
  assert.ok("detections" in await viewer.next(answers(2)));
  assert.equal(viewer.texts.length, 2);
});

Deno.test("a flood of frames over the DataChannel is counted, and answered with no flood", async () => {
  await using child = new TestChild(childConfig());
  await child.open();
  await using viewer = new TestViewer(child);
  await viewer.connect();
  const small = gradient(32, 32);
  for (let frameId = 1; frameId <= 10_000; frameId++) viewer.send(frameOf(frameId, small));
  const { stats } = await child.next((message) =>
    message.kind === "heartbeat" && message.stats.framesDropped["too-fast"] > 1_000 && message
  );
  assert.ok(stats.framesReceived > 1_000);
  assert.ok(viewer.texts.length < 1_000, `${viewer.texts.length}`);
  // Those that are still under way are counted, too: there is room again once they have come.
  let frameId = 20_000;
  const timer = setInterval(() => viewer.send(frameOf(frameId++, small)), 300);
  await viewer.next((message) => "detections" in message && Number(message["frame_id"]) >= 20_000);
  clearInterval(timer);
});

Deno.test("a new offer takes the place of the connection before it", async () => {
  await using child = new TestChild(childConfig({ publicHost: "192.0.2.9" }));
  await child.open();
  {
    await using first = new TestViewer(child);
    await first.connect();
    first.send(frameOf(1, PICTURE));
    await first.next(answers(1));
  }
  await using second = new TestViewer(child);
  await second.connect();
  second.send(frameOf(2, PICTURE));
  await second.next(answers(2));
  const advertised = child.received.filter((message) =>
    message.kind === "signal" && message.signal.kind === "ice-candidate" &&
    message.signal.candidate?.candidate.includes(" 192.0.2.9 ")
  );
  assert.ok(advertised.length >= 2);
  await child.send({ kind: "close", stream: KEY });
  await child.next((message) => message.kind === "heartbeat" && message.stats.streams === 0);
});

Deno.test("a stream for which no port is left goes on over the link, and the process lives", async () => {
  await using child = new TestChild(childConfig({ rtcPorts: { begin: 46_010, end: 46_011 } }));
  const keys = ["a/1", "b/1", "c/1"] as StreamKey[];
  for (const key of keys) await child.open(SETTINGS, key);
  await using first = new TestViewer(child, keys[0]);
  await first.connect();
  await using second = new TestViewer(child, keys[1]);
  await second.connect();
  await using third = new TestViewer(child, keys[2]);
  third.offer();
  await child.next((message) =>
    message.kind === "signal" && message.stream === keys[2] &&
    message.signal.kind === "offer-refused" && message.signal.cause === "no-port"
  );
  await child.next((message) =>
    message.kind === "heartbeat" && message.stats.signalsRefused["no-port"] === 1
  );
  await child.sendFrame(frameOf(1, PICTURE), keys[2]);
  assert.ok("detections" in await child.answerTo(1));
  first.send(frameOf(2, PICTURE));
  assert.ok("detections" in await first.next(answers(2)));
});

Deno.test("no address is spoken to, and no name looked up, because a viewer names it", async () => {
  await using child = new TestChild(childConfig());
  await child.open();
  const stranger = createSocket("udp4");
  let heard = 0;
  stranger.on("message", () => heard += 1);
  await new Promise<void>((resolve) => stranger.bind(0, "127.0.0.1", resolve));
  const { port } = stranger.address();
  const line = (address: string, type = "host") =>
    `candidate:7 1 UDP 2114977791 ${address} ${port} typ ${type}`;
  const named = [
    line("127.0.0.1"),
    line("127.0.0.1", "relay"),
    line("0f5c1e3a-7d1c-4f0c-8c4b-2b1f6d1e2a3b.local"),
  ];
  const threadsBefore = threadsOf(child.process.pid);
  await using viewer = new TestViewer(child, KEY, named);
  await viewer.connect();
  for (let n = 0; n < 100; n++) {
    for (const candidate of named) {
      const signal = { kind: "ice-candidate", candidate: { candidate, sdpMid: "0" } } as const;
      await child.send({ kind: "signal", stream: KEY, signal });
    }
  }
  await child.next((message) =>
    message.kind === "heartbeat" && message.stats.signalsRefused.candidate >= 300
  );
  viewer.send(frameOf(1, PICTURE));
  assert.ok("detections" in await viewer.next(answers(1)));
  stranger.close();
  assert.equal(heard, 0);
  assert.ok(threadsOf(child.process.pid) - threadsBefore < 20);
});

/** 0 where the system does not say. */
function threadsOf(pid: number): number {
  if (Deno.build.os !== "linux") return 0;
  return [...Deno.readDirSync(`/proc/${pid}/task`)].length;
}
