import assert from "node:assert/strict";
import { decodeRelayFrame } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import type { FromEncoder, ToEncoder } from "../inference/encoder_messages.ts";
import { jpegSize } from "../inference/jpeg_size.ts";
import { FakeFeed, FakeWorker } from "../inference/testing/fake_worker.ts";
import { FrameSender, targetOf } from "./frame_sender.ts";
import { ACK_TIMEOUT_MS } from "./send_window.ts";

function setUp() {
  const timers = new FakeTimers();
  const workers: FakeWorker<ToEncoder, FromEncoder>[] = [];
  const sentAtMs: number[] = [];
  const ids: number[] = [];
  const failures: string[] = [];
  const topic = {
    bufferedBytes: 0,
    send(message: Uint8Array<ArrayBuffer>) {
      const frame = decodeRelayFrame(message);
      assert.ok(typeof frame !== "string", String(frame));
      ids.push(frame.frameId);
      sentAtMs.push(timers.nowMs());
      return true;
    },
  };
  const sender = new FrameSender({
    timers,
    topic,
    startWorker() {
      const worker = new FakeWorker<ToEncoder, FromEncoder>();
      workers.push(worker);
      return worker;
    },
    onFailed: (message) => failures.push(message),
  });
  const feed = new FakeFeed();
  const counts = { received: 0, superseded: 0, error: 0 };
  /** The Worker answers what it was asked last. */
  const encode = () => {
    const worker = workers.at(-1)!;
    const { frameId, quality } = worker.of("encode").at(-1)!;
    worker.say({
      kind: "encoded",
      counts,
      frame: {
        frameId,
        key: null,
        jpeg: new Uint8Array([0xff, 0xd8]),
        widthPx: 640,
        heightPx: 480,
        frameWidthPx: 640,
        frameHeightPx: 480,
        receivedAtMs: 1_000 + timers.nowMs(),
        grabbedAtMs: 1_000 + timers.nowMs(),
        grabMs: 1,
        encodeMs: 5,
        quality,
      },
    });
  };
  const asked = () => workers.at(-1)?.of("encode").length ?? 0;
  const ready = () => workers.at(-1)!.say({ kind: "ready", warmEncodeMs: 5 });
  return { timers, workers, sender, feed, topic, encode, asked, ready, ids, sentAtMs, failures };
}

Deno.test("FrameSender makes nothing while nobody wants it, and lets go of the camera after", () => {
  const { sender, workers, feed, ready, asked } = setUp();
  sender.setSource({ feed, profile: "balanced" });
  assert.equal(workers.length, 0);
  sender.setActive(true);
  ready();
  assert.deepEqual([asked(), feed.attached], [1, 1]);
  sender.setActive(false);
  assert.equal(feed.attached, 0);
  sender.close();
  assert.equal(workers[0]!.isTerminated, true);
});

Deno.test("FrameSender sends ten a second at most, and no third one before an ack", async () => {
  const { sender, timers, feed, ready, encode, asked, ids, sentAtMs } = setUp();
  sender.setSource({ feed, profile: "balanced" });
  sender.setActive(true);
  ready();
  encode();
  assert.equal(asked(), 1, "not before 100 ms have passed");
  await timers.advance(100);
  encode();
  await timers.advance(500);
  assert.equal(asked(), 2, "two are on their way");
  sender.acked(0);
  encode();
  assert.deepEqual(ids, [0, 1, 2]);
  assert.ok(sentAtMs[1]! - sentAtMs[0]! >= 100);
  // Nobody answers any more: a frame now and then shows whether somebody does.
  await timers.advance(ACK_TIMEOUT_MS);
  assert.equal(asked(), 4);
});

Deno.test("FrameSender waits for a slow link, and takes up a frame that could not be made", async () => {
  const { sender, timers, feed, topic, ready, asked, workers } = setUp();
  sender.setSource({ feed, profile: "low" });
  topic.bufferedBytes = 100_000;
  sender.setActive(true);
  ready();
  await timers.advance(1_000);
  assert.equal(asked(), 0);
  topic.bufferedBytes = 0;
  await timers.advance(100);
  assert.equal(asked(), 1);
  const counts = { received: 1, superseded: 0, error: 1 };
  const { frameId } = workers[0]!.of("encode")[0]!;
  workers[0]!.say({ kind: "skipped", frameId, counts });
  await timers.advance(100);
  assert.equal(asked(), 2);
});

Deno.test("FrameSender does not send what was made of a camera of before", async () => {
  const { sender, timers, feed, ready, encode, asked, ids } = setUp();
  sender.setSource({ feed, profile: "balanced" });
  sender.setActive(true);
  ready();
  assert.equal(asked(), 1);
  // Paused while a frame is being made.
  sender.setSource(null);
  encode();
  assert.deepEqual(ids, []);
  await timers.advance(1_000);
  sender.setSource({ feed, profile: "balanced" });
  encode();
  assert.deepEqual(ids, [0]);
});

Deno.test("FrameSender says when this device cannot make frames", () => {
  const { sender, feed, workers, failures } = setUp();
  sender.setSource({ feed, profile: "balanced" });
  sender.setActive(true);
  workers[0]!.say({ kind: "failed", code: "frame-failed", message: "No." });
  assert.deepEqual(failures, ["No."]);
});

Deno.test("targetOf() keeps the shape of the picture, within what the server passes on", () => {
  const size = (profile: "low" | "balanced" | "high", widthPx: number, heightPx: number) => {
    const px = jpegSize({ widthPx, heightPx }, targetOf(profile));
    return [px.widthPx, px.heightPx];
  };
  assert.deepEqual(size("balanced", 640, 480), [640, 480]);
  assert.deepEqual(size("balanced", 480, 640), [480, 640]);
  assert.deepEqual(size("high", 1280, 720), [640, 360]);
  assert.deepEqual(size("high", 720, 1280), [360, 640]);
  assert.deepEqual(size("low", 640, 480), [320, 240]);
});
