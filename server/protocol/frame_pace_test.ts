import assert from "node:assert/strict";
import fc from "fast-check";
import { FramePace } from "./frame_pace.ts";

/** When frames are taken that come at these times. */
function takenOf(pace: FramePace, frames: readonly number[]): number[] {
  return frames.filter((atMs) => {
    const turnAtMs = pace.turnAtMs;
    if (turnAtMs === null || atMs < turnAtMs) return false;
    pace.taken(atMs);
    return true;
  });
}

Deno.test("FramePace takes every frame at no interval, and none while it is stopped", () => {
  const pace = new FramePace();
  assert.deepEqual(takenOf(pace, [0, 1, 2]), [0, 1, 2]);
  pace.set(null);
  assert.equal(pace.turnAtMs, null);
  pace.set(0);
  assert.deepEqual(takenOf(pace, [3]), [3]);
});

Deno.test("FramePace holds the rate over frames that come sooner or later, without a burst", () => {
  const pace = new FramePace();
  pace.set(100);
  pace.taken(1_000);
  assert.equal(pace.turnAtMs, 1_050);
  pace.taken(1_060);
  assert.equal(pace.turnAtMs, 1_150, "as if it had come when it was due");
  pace.taken(1_210);
  assert.equal(pace.turnAtMs, 1_250);
  pace.taken(1_800);
  assert.equal(pace.turnAtMs, 1_850, "a long gap is not made good");
});

Deno.test("FramePace gives the rate that was asked for, whatever the camera's", () => {
  const fps = fc.integer({ min: 1, max: 60 });
  fc.assert(fc.property(fps, fps, fc.integer({ min: 0, max: 999 }), (camera, wanted, startMs) => {
    const pace = new FramePace();
    pace.set(1000 / wanted);
    const frames = Array.from({ length: camera * 20 }, (_, at) => startMs + at * 1000 / camera);
    const taken = takenOf(pace, frames).length / 20;
    assert.ok(Math.abs(taken - Math.min(camera, wanted)) <= 0.1, `${taken}`);
  }));
});
