import assert from "node:assert/strict";
import type { FeedMessage } from "../inference/worker_messages.ts";
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
  const time = { nowMs: 0 };
  const posts = new FramePosts(() => time.nowMs);
  const consumer = (bufferFrames: number) => {
    const got: FrameKey[] = [];
    const feed = posts.feed({ bufferFrames });
    const post = (message: FeedMessage) => {
      assert.ok(message.kind === "frame");
      got.push(message.key!);
    };
    return { feed, got, attach: () => feed.attach(post) };
  };
  const send = (captureTimeMs: number) =>
    posts.post(new FakeFrame() as unknown as VideoFrame, keyOfRelayed(captureTimeMs), () => {
      const clone = new FakeFrame();
      clones.push(clone);
      return Promise.resolve(clone as unknown as VideoFrame);
    });
  return { posts, clones, time, consumer, send };
}

Deno.test("FramePosts gives each Worker its own copy of each frame, under one key", async () => {
  const { consumer, send, clones } = setUp();
  const [painter, detector] = [consumer(10), consumer(2)];
  painter.attach();
  detector.attach();
  await send(1);
  await send(2);
  await send(3);
  assert.deepEqual(painter.got.map(({ value }) => value), [1, 2, 3]);
  // It has not taken the first two yet.
  assert.deepEqual(detector.got, painter.got.slice(0, 2));
  detector.feed.onAccepted();
  await send(4);
  assert.deepEqual(detector.got.at(-1), painter.got.at(-1));
  assert.equal(clones.length, 7);
});

Deno.test("FramePosts: who detaches meanwhile gets nothing, and nothing is left open", async () => {
  const { consumer, send, clones } = setUp();
  const one = consumer(3);
  one.attach();
  const sending = send(1);
  one.feed.detach();
  await sending;
  assert.deepEqual(one.got, []);
  assert.deepEqual(clones.map(({ isClosed }) => isClosed), [true]);
  await send(2);
  assert.equal(clones.length, 1, "no copy is made for nobody");
});

Deno.test("FramePosts: a picture that stands still does not flow", async () => {
  const { consumer, send, time } = setUp();
  const { feed } = consumer(1);
  assert.equal(feed.isFlowing(), false);
  await send(1);
  assert.equal(feed.isFlowing(), true);
  time.nowMs += 5_000;
  assert.equal(feed.isFlowing(), false);
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
