import assert from "node:assert/strict";
import { portPair } from "../base/testing/fake_ports.ts";
import type { PostedFrame } from "../inference/worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";
import { FramePosts } from "./frame_posts.ts";
import { keyOfRelayed, PictureTimes } from "./picture_times.ts";

class FakeFrame {
  isClosed = false;
  close(): void {
    this.isClosed = true;
  }
}

function setUp() {
  const clones: FakeFrame[] = [];
  const posts = new FramePosts();
  let lastId = 0;
  const reader = (bufferFrames: number) => {
    const got: FrameKey[] = [];
    const id = ++lastId;
    const { a, b, deliver } = portPair();
    b.onmessage = ({ data }: MessageEvent<PostedFrame>) => void got.push(data.key!);
    posts.add(id, { bufferFrames, port: a });
    const accept = () => {
      b.postMessage({ kind: "accepted" });
      deliver();
    };
    return { got, deliver, accept, leave: () => posts.remove(id) };
  };
  const send = (captureTimeMs: number) =>
    posts.post(new FakeFrame() as unknown as VideoFrame, keyOfRelayed(captureTimeMs), () => {
      const clone = new FakeFrame();
      clones.push(clone);
      return Promise.resolve(clone as unknown as VideoFrame);
    });
  return { clones, reader, send };
}

Deno.test("FramePosts gives each reader its own copy of each frame, under one key", async () => {
  const { reader, send, clones } = setUp();
  const [painter, detector] = [reader(10), reader(2)];
  for (const captureTimeMs of [1, 2, 3]) await send(captureTimeMs);
  painter.deliver();
  detector.deliver();
  assert.deepEqual(painter.got.map(({ value }) => value), [1, 2, 3]);
  // It has not taken the first two yet.
  assert.deepEqual(detector.got, painter.got.slice(0, 2));
  detector.accept();
  await send(4);
  painter.deliver();
  detector.deliver();
  assert.deepEqual(detector.got.at(-1), painter.got.at(-1));
  assert.equal(clones.length, 7);
});

Deno.test("FramePosts: who leaves meanwhile gets nothing, and nothing is left open", async () => {
  const { reader, send, clones } = setUp();
  const one = reader(3);
  const sending = send(1);
  one.leave();
  await sending;
  one.deliver();
  assert.deepEqual(one.got, []);
  assert.deepEqual(clones.map(({ isClosed }) => isClosed), [true]);
  await send(2);
  assert.equal(clones.length, 1, "no copy is made for nobody");
});

Deno.test("PictureTimes reads capture times by the phone's clock, and says what else it has", () => {
  const times = new PictureTimes();
  const clock = { offsetMs: 500, errorMs: 20, roundTripMs: 40, driftPpm: null };
  assert.ok(times.add(1_600, 1_150));
  assert.equal(times.add(1_600, 1_160), false, "two frames of one time cannot be told apart");
  assert.equal(times.add(1_500, 1_170), false);
  const key = keyOfRelayed(1_600);
  assert.deepEqual(times.of(key, { receivedAtMs: 1_180, phoneClock: clock }), {
    timeMs: 1_100,
    clock: "phone",
    errorMs: 20,
  });
  const unknown = { clock: "receiveTime", errorMs: null } as const;
  assert.deepEqual(times.of(key, { receivedAtMs: 1_180, phoneClock: null }), {
    timeMs: 1_150,
    ...unknown,
  });
  assert.deepEqual(times.of(keyOfRelayed(9), { receivedAtMs: 1_180, phoneClock: clock }), {
    timeMs: 1_180,
    ...unknown,
  });
});
