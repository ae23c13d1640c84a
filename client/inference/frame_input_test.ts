import assert from "node:assert/strict";
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
    const intake = new FrameIntake({ onAccepted: () => {}, onFrame: () => frames += 1 });
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
