import assert from "node:assert/strict";
import { captureBy, type CaptureMark } from "./capture_time.ts";
import type { FrameKey } from "./frame_key.ts";

const MARK: CaptureMark = {
  key: { clock: "rtp", value: 0xffff_ffff - 899 },
  timeMs: 5_000,
  clock: "captureTime",
};

function rtp(value: number): FrameKey {
  return { clock: "rtp", value };
}

Deno.test("captureBy() reckons from a frame that is known, across the wrap", () => {
  assert.deepEqual(captureBy(MARK, rtp(900), 9_000), { timeMs: 5_020, clock: "captureTime" });
  assert.deepEqual(captureBy(MARK, rtp(0xffff_ffff - 989), 9_000).timeMs, 4_999);
});

Deno.test("captureBy() takes a frame's arrival where no known one is near on its clock", () => {
  const arrival = { timeMs: 9_000, clock: "receiveTime" };
  assert.deepEqual(captureBy(null, rtp(900), 9_000), arrival);
  assert.deepEqual(captureBy(MARK, null, 9_000), arrival);
  assert.deepEqual(captureBy(MARK, { clock: "media", value: 900 }, 9_000), arrival);
  assert.deepEqual(captureBy(MARK, rtp(90 * 4_000), 9_000), arrival);
});
