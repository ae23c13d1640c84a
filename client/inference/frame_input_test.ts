import assert from "node:assert/strict";
import { settle } from "../base/testing/fake_timers.ts";
import { FrameIntake } from "./frame_input.ts";

class FakeTrack {
  isStopped = false;
  stop(): void {
    this.isStopped = true;
  }
}

/** A frame that only notes that it is closed. */
function fakeFrame() {
  const frame = { isClosed: false, close: () => void (frame.isClosed = true) };
  return frame;
}

Deno.test("FrameIntake ends the copies of tracks that it leaves, and closes what waits", async () => {
  const scope = globalThis as unknown as Record<string, unknown>;
  const frame = fakeFrame();
  scope.MediaStreamTrackProcessor = class {
    readonly readable = new ReadableStream({ start: (sink) => sink.enqueue(frame) });
  };
  try {
    let frames = 0;
    const intake = new FrameIntake({
      onAccepted() {},
      onUnreadable() {},
      onFrame: () => frames += 1,
    });
    const tracks = [new FakeTrack(), new FakeTrack()];
    const follow = (track: FakeTrack) => intake.handle({ kind: "track", track: track as never });
    const first = follow(tracks[0]!);
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(frames, 1);
    const second = follow(tracks[1]!);
    await first;
    assert.deepEqual(tracks.map(({ isStopped }) => isStopped), [true, false]);
    await new Promise((resolve) => setTimeout(resolve));
    await intake.handle({ kind: "stop" });
    await second;
    assert.deepEqual(tracks.map(({ isStopped }) => isStopped), [true, true]);
    assert.equal(frame.isClosed, true);
  } finally {
    delete scope.MediaStreamTrackProcessor;
  }
});

Deno.test("FrameIntake says that a track cannot be read here, ends it, and takes frames instead", async () => {
  const track = new FakeTrack();
  const told: string[] = [];
  const intake = new FrameIntake({
    onAccepted: () => told.push("accepted"),
    onUnreadable: () => told.push("unreadable"),
    onFrame: () => told.push("frame"),
  });
  await intake.handle({ kind: "track", track: track as never });
  await intake.handle({ kind: "frame", frame: fakeFrame() as never, key: null });
  assert.deepEqual([told, track.isStopped], [["unreadable", "frame", "accepted"], true]);
});

Deno.test("FrameIntake gives no frame of a source from the moment that it is left", async () => {
  const waiting = fakeFrame();
  const late = fakeFrame();
  let enqueue = (_frame: unknown) => {};
  const isLeft = Promise.withResolvers<void>();
  const stream = new ReadableStream({
    start: (sink) => enqueue = (frame) => sink.enqueue(frame),
    cancel: () => isLeft.promise,
  });
  const intake = new FrameIntake({ onAccepted() {}, onUnreadable() {}, onFrame() {} });
  const followed = intake.handle({ kind: "stream", stream: stream as ReadableStream<VideoFrame> });
  await settle();
  enqueue(waiting);
  await settle();
  enqueue(late);
  const stopped = intake.handle({ kind: "stop" });
  assert.equal(intake.take(-Infinity), null);
  await settle();
  assert.equal(intake.take(-Infinity), null, "nor one that was being read");
  assert.deepEqual([waiting.isClosed, late.isClosed], [true, true]);
  isLeft.resolve();
  await Promise.all([followed, stopped]);
});
