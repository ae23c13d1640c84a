import assert from "node:assert/strict";
import type { FrameKey } from "./frame_key.ts";
import { VideoTime } from "./video_time.ts";

const rtp = (value: number): FrameKey => ({ clock: "rtp", value });
const media = (value: number): FrameKey => ({ clock: "media", value });

Deno.test("VideoTime.add() goes on where RTP timestamps wrap", () => {
  const time = new VideoTime();
  const values = [2 ** 32 - 3000, 0, 3000, 6000];
  const places = values.map((value, at) => time.add(rtp(value), at * 40));
  assert.deepEqual(places.map(({ isJump }) => isJump), [false, false, false, false]);
  const steps = places.slice(1).map(({ timeMs }, at) => timeMs - places[at]!.timeMs);
  assert.deepEqual(steps.map(Math.round), [33, 33, 33]);
});

Deno.test("VideoTime.add() says where another video begins", () => {
  const jumps = (keys: readonly (FrameKey | null)[]) => {
    const time = new VideoTime();
    return keys.map((key, at) => time.add(key, at * 33).isJump);
  };
  assert.deepEqual(jumps([media(0), media(33), media(70), media(60)]), [
    false,
    false,
    false,
    false,
  ]);
  assert.deepEqual(jumps([media(5000), media(0)]), [false, true]);
  assert.deepEqual(jumps([rtp(0), rtp(90 * 60_000)]), [false, true]);
  assert.deepEqual(jumps([rtp(0), media(33), media(66)]), [false, true, false]);
  assert.deepEqual(jumps([null, null]), [false, false]);
});

Deno.test("VideoTime.of() places a key beside the newest frame, and none of another clock", () => {
  const time = new VideoTime();
  const { timeMs } = time.add(rtp(9000), 0);
  assert.equal(time.of(rtp(9000 - 900)), timeMs - 10);
  assert.equal(time.of(media(9000)), null);
  assert.equal(time.of(null), null);
});
