import assert from "node:assert/strict";
import type { FeedMessage } from "../inference/worker_messages.ts";
import { keyOfShown, ShownFrames } from "./shown_frames.ts";

class FakePicture {
  isClosed = false;
  close(): void {
    this.isClosed = true;
  }
}

function set({ broken = 0 } = {}) {
  let callback: VideoFrameRequestCallback | null = null;
  const grabbed: FakePicture[] = [];
  const failed: string[] = [];
  const failing = {
    grab: () => Promise.reject(new Error("no pixels")),
    clone: () => Promise.reject(new Error("never")),
  };
  const working = {
    grab() {
      grabbed.push(new FakePicture());
      return Promise.resolve(grabbed.at(-1) as unknown as VideoFrame);
    },
    clone: () => Promise.resolve(new FakePicture() as unknown as VideoFrame),
  };
  const frames = new ShownFrames(
    {
      requestVideoFrameCallback(next) {
        callback = next;
        return 1;
      },
      cancelVideoFrameCallback: () => void (callback = null),
    },
    broken === 2 ? [failing, failing] : broken === 1 ? [failing, working] : [working],
    (message) => failed.push(message),
  );
  return {
    frames,
    failed,
    grabbed,
    isWatching: () => callback !== null,
    async show(presentationTime: number) {
      callback?.(0, { presentationTime } as VideoFrameCallbackMetadata);
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

type Frame = Extract<FeedMessage, { kind: "frame" }>;

function consumer() {
  const got: Frame[] = [];
  return { got, post: (message: FeedMessage) => void got.push(message as Frame) };
}

Deno.test("ShownFrames grabs each shown frame once for all, under one key", async () => {
  const { frames, grabbed, show } = set();
  const [a, b] = [consumer(), consumer()];
  frames.feed(4).attach(a.post);
  frames.feed(4).attach(b.post);
  await show(1.5);
  assert.equal(grabbed.length, 1);
  assert.deepEqual([...a.got, ...b.got].map(({ key }) => key?.value), [1.5, 1.5]);
  assert.notEqual(a.got[0]!.frame, b.got[0]!.frame);
});

Deno.test("ShownFrames posts no more than a Worker has room for, and nothing after the end", async () => {
  const { frames, grabbed, show, isWatching } = set();
  const { got, post } = consumer();
  const feed = frames.feed(2);
  feed.attach(post);
  for (let time = 0; time < 5; time++) await show(time);
  assert.deepEqual([got.length, grabbed.length], [2, 2]);
  feed.onAccepted();
  await show(6);
  assert.equal(got.at(-1)?.key?.value, 6);
  feed.onAccepted();
  const shown = show(7);
  feed.detach();
  await shown;
  assert.deepEqual([got.length, grabbed.at(-1)!.isClosed], [3, true]);
  assert.equal(isWatching(), false);
});

Deno.test("ShownFrames goes over to the next way where one takes no frame", async () => {
  const { frames, failed, show } = set({ broken: 1 });
  const { got, post } = consumer();
  frames.feed(2).attach(post);
  for (let time = 0; time < 12; time++) await show(time);
  assert.deepEqual(got.map(({ key }) => key?.value), [10, 11]);
  assert.deepEqual([failed, frames.hasFailed], [[], false]);
});

Deno.test("ShownFrames says once why no way takes a frame, and rests", async () => {
  const { frames, failed, show, isWatching } = set({ broken: 2 });
  const { got, post } = consumer();
  frames.feed(2).attach(post);
  for (let time = 0; time < 40; time++) await show(time);
  assert.match(failed.join("|"), /^[^|]*no pixels[^|]*$/);
  assert.deepEqual([got.length, frames.hasFailed, isWatching()], [0, true, false]);
  frames.feed(2).attach(post);
  assert.equal(isWatching(), false);
});

Deno.test("keyOfShown() takes the RTP timestamp where there is one", () => {
  const metadata = { presentationTime: 2, rtpTimestamp: 90 } as VideoFrameCallbackMetadata;
  assert.deepEqual(keyOfShown(metadata), { clock: "rtp", value: 90 });
});
