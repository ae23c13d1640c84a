import assert from "node:assert/strict";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { frameCallbacksOf } from "./frame_callbacks.ts";

/** A video of which a frame comes each 40 ms. @param tells Whether its browser tells of frames. */
function set(tells: "never" | "none" | "always") {
  const timers = new FakeTimers();
  let own: VideoFrameRequestCallback | null = null;
  const page = { isHidden: false };
  const video = {
    currentTime: 0,
    frames: 0,
    getVideoPlaybackQuality: () => ({ totalVideoFrames: video.frames }) as VideoPlaybackQuality,
    ...tells === "none" ? {} : {
      requestVideoFrameCallback: (callback: VideoFrameRequestCallback) => (own = callback, 1),
      cancelVideoFrameCallback: () => void (own = null),
    },
  };
  let told = 0;
  const callbacks = frameCallbacksOf(video, { timers, isHidden: () => page.isHidden });
  let handle = 0;
  const next = () => {
    told += 1;
    handle = callbacks.requestVideoFrameCallback(next);
  };
  handle = callbacks.requestVideoFrameCallback(next);
  const play = async (frames: number) => {
    const before = told;
    for (let frame = 0; frame < frames; frame++) {
      video.frames += 1;
      if (tells === "always") own?.(0, {} as VideoFrameCallbackMetadata);
      await timers.advance(40);
    }
    return told - before;
  };
  const count = () => told;
  return {
    timers,
    page,
    play,
    told: count,
    stop: () => callbacks.cancelVideoFrameCallback(handle),
  };
}

Deno.test("frameCallbacksOf() leaves the telling to a browser that tells", async () => {
  const { play, timers } = set("always");
  assert.equal(await play(20), 20);
  assert.equal(timers.pending, 0);
});

for (const tells of ["never", "none"] as const) {
  Deno.test(`frameCallbacksOf() looks at the video where the browser tells ${tells}`, async () => {
    const { play, timers, page, stop } = set(tells);
    await play(10);
    assert.equal(await play(20), 20);
    // As it is elsewhere: what nobody sees is told of nowhere.
    page.isHidden = true;
    assert.equal(await play(20), 0);
    page.isHidden = false;
    await timers.advance(1_000);
    assert.ok(await play(5) >= 5);
    stop();
    assert.equal(timers.pending, 0);
  });
}

Deno.test("frameCallbacksOf() tells of nothing while the picture stands still", async () => {
  const { play, timers, told } = set("none");
  await play(5);
  const before = told();
  await timers.advance(5_000);
  assert.deepEqual([told(), before > 0], [before, true]);
});
