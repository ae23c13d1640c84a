import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameRing, KeptFrame } from "./frame_ring.ts";
import { FakeDecoderFrame, FakePixels } from "./testing/frames.ts";

const kept = (pixels: FakePixels, timeMs = 0) =>
  new KeptFrame(pixels.asPixels, { key: null, timeMs, receivedAtMs: timeMs });
const settle = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("FrameRing: never more than 48 frames or 96 MB, and what goes is closed", () => {
  const bytes = fc.integer({ min: 1e3, max: 8e6 });
  const steps = fc.array(fc.tuple(bytes, fc.integer({ min: -1, max: 3 })), { maxLength: 150 });
  fc.assert(fc.property(steps, (all) => {
    const ring = new FrameRing(() => Promise.reject(new Error()));
    const frames: FakePixels[] = [];
    let taken = 0;
    let dropped = 0;
    for (const [size, take] of all) {
      const pixels = new FakePixels(size);
      frames.push(pixels);
      dropped += ring.add(kept(pixels));
      if (take >= 0 && take < ring.frames.length) {
        ring.take(take)!.close();
        taken += take + 1;
      }
      assert.ok(ring.frames.length <= 48);
      assert.ok(ring.frames.reduce((sum, frame) => sum + frame.bytes, 0) <= 96 * 1024 * 1024);
      assert.equal(frames.filter(({ isClosed }) => !isClosed).length, ring.frames.length);
    }
    assert.equal(dropped + taken + ring.clear(), frames.length);
    assert.ok(frames.every(({ isClosed }) => isClosed));
  }));
});

Deno.test("FrameRing: two frames keep their decoder's buffer, the others are copied", async () => {
  const copies: FakePixels[] = [];
  const ring = new FrameRing(() => {
    copies.push(new FakePixels());
    return Promise.resolve(copies.at(-1)!.asPixels);
  });
  const frames = Array.from({ length: 5 }, () => new FakeDecoderFrame());
  for (const frame of frames) {
    ring.add(kept(frame));
    await settle();
  }
  assert.deepEqual(frames.map(({ isClosed }) => isClosed), [false, false, true, true, true]);
  assert.equal(ring.frames.at(-1)!.pixels, copies.at(-1)!.asPixels);
  ring.take(1)!.close();
  const next = new FakeDecoderFrame();
  ring.add(kept(next));
  await settle();
  assert.equal(next.isClosed, false);
  ring.clear();
  assert.ok([...frames, next, ...copies].every(({ isClosed }) => isClosed));
});

Deno.test("FrameRing: a copy that comes too late is closed, and one that fails is done without", async () => {
  const late = new FakePixels();
  let finish = () => {};
  const ring = new FrameRing(() => new Promise((resolve) => finish = () => resolve(late.asPixels)));
  const frames = Array.from({ length: 3 }, () => new FakeDecoderFrame());
  for (const frame of frames) ring.add(kept(frame));
  ring.clear();
  finish();
  await settle();
  assert.equal(late.isClosed, true);

  const failing = new FrameRing(() => Promise.reject(new Error("no bytes")));
  const others = Array.from({ length: 3 }, () => new FakeDecoderFrame());
  for (const frame of others) failing.add(kept(frame));
  await settle();
  assert.deepEqual(others.map(({ isClosed }) => isClosed), [false, false, false]);
  assert.equal(failing.frames.at(-1)!.pixels, others[2]!.asPixels);
});
