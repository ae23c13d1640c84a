import assert from "node:assert/strict";
import fc from "fast-check";
import type { FrameKey, FrameResult } from "../inference/worker_messages.ts";
import { ResultLog } from "./result_log.ts";

function result(key: FrameKey | null, grabbedAtMs = 0): FrameResult {
  return {
    key,
    widthPx: 640,
    heightPx: 480,
    detections: [],
    weak: [],
    stages: { grab: 0, letterbox: 0, run: 0, decode: 0, nms: 0, post: 0 },
    grabbedAtMs,
    waitedMs: 0,
    counts: { received: 0, processed: 0, dropped: { superseded: 0, error: 0 } },
  };
}

const rtp = (value: number): FrameKey => ({ clock: "rtp", value: value >>> 0 });
const FRAME_TICKS = 3000;

Deno.test("ResultLog.pick() prefers the frame's own result and allows one tick of difference", () => {
  const log = new ResultLog();
  for (let i = 0; i < 3; i++) log.add(result(rtp(i * FRAME_TICKS)));
  const own = log.pick({ key: rtp(FRAME_TICKS + 90), nowMs: 0 });
  assert.deepEqual([own?.result.key?.value, own?.ageMs], [FRAME_TICKS, 0]);
});

Deno.test("ResultLog.pick() never gives a frame the boxes of a later one", () => {
  fc.assert(fc.property(
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 8 }),
    (start, offsets) => {
      const log = new ResultLog();
      for (const offset of offsets) log.add(result(rtp(start + offset * FRAME_TICKS)));
      const pick = log.pick({ key: rtp(start), nowMs: 0 });
      const past = offsets.filter((offset) => offset <= 0);
      if (past.length === 0) return assert.equal(pick, null);
      const newest = Math.max(...past);
      assert.equal(pick?.result.key?.value, (start + newest * FRAME_TICKS) >>> 0);
      assert.ok(Math.abs(pick!.ageMs - (-newest * FRAME_TICKS) / 90) < 1e-6);
    },
  ));
});

Deno.test("ResultLog.pick() takes a result without a key as older than the frame on screen", () => {
  const log = new ResultLog();
  log.add(result(null, 1000));
  assert.equal(log.pick({ key: rtp(1), nowMs: 1080 })?.ageMs, 80);
  assert.equal(log.pick({ key: rtp(1), nowMs: 1000 })?.ageMs, 1);
});

Deno.test("ResultLog is bounded and clears", () => {
  const log = new ResultLog();
  for (let i = 0; i < 1000; i++) log.add(result(rtp(i)));
  assert.equal(log.pick({ key: rtp(0), nowMs: 0 }), null);
  log.clear();
  assert.equal(log.pick({ key: rtp(5000), nowMs: 0 }), null);
});
