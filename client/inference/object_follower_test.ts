import assert from "node:assert/strict";
import { type Detection, initVision, Tracker } from "@/vision";
import { ObjectFollower } from "./object_follower.ts";
import type { FrameKey } from "../time/frame_key.ts";

await initVision();

/** An object whose left side is there; 300 ms of the clip take it once across the frame. */
const at = (xmin: number, score = 0.9): Detection => ({
  box: { xmin, ymin: 0.2, xmax: xmin + 0.2, ymax: 0.6 },
  score,
  classId: 1,
});

function setup() {
  const follower = new ObjectFollower(new Tracker(), 1_000_000);
  const frame = (key: FrameKey | null, receivedAtMs: number, found: readonly Detection[]) =>
    follower.follow({
      key,
      receivedAtMs: 1_000_000 + receivedAtMs,
      detections: found,
      scoreThreshold: 0.35,
    });
  return { follower, frame };
}

Deno.test("ObjectFollower keeps ids where RTP timestamps wrap, and knows speed by them", () => {
  const { frame } = setup();
  // Frames arrive in bunches; their timestamps are 40 ms apart.
  const results = [0, 1, 2, 3, 4, 5].map((step) => {
    const value = (2 ** 32 - 2 * 3600 + step * 3600) % 2 ** 32;
    return frame({ clock: "rtp", value }, 10 + 80 * (step >> 1), [at(0.1 + 0.02 * step)]);
  });
  const ids = results.map(({ detections }) => detections[0]!.trackId);
  assert.deepEqual([ids[0], new Set(ids.slice(1)).size], [null, 1]);
  // 0.02 in 40 ms.
  const { velocity } = results.at(-1)!.detections[0]!;
  assert.ok(Math.abs(velocity!.x - 0.5) < 0.1, `${velocity!.x}`);
  assert.equal(new Set(results.map(({ trackEpoch }) => trackEpoch)).size, 1);
});

Deno.test("ObjectFollower gives weak detections of a known object apart from the others", () => {
  const { frame } = setup();
  for (const receivedAtMs of [0, 33]) frame(null, receivedAtMs, [at(0.1)]);
  const { detections, weak } = frame(null, 66, [at(0.7), at(0.1, 0.2), at(0.4, 0.2)]);
  assert.deepEqual(detections.map(({ box, trackId }) => [box.xmin, trackId]), [[0.7, null]]);
  assert.deepEqual(weak.map(({ box, trackId }) => [box.xmin, trackId]), [[0.1, 1]]);
});

Deno.test("ObjectFollower begins anew with another source, and takes no late frame for one of it", () => {
  const { follower, frame } = setup();
  const key = (value: number): FrameKey => ({ clock: "media", value });
  for (const ms of [0, 33]) frame(key(ms), ms, [at(0.1)]);
  const before = frame(key(66), 66, [at(0.1)]);
  follower.begin(1_000_080);
  const late = frame(key(79), 79, [at(0.1), at(0.5, 0.2)]);
  assert.deepEqual(late.detections.map(({ trackId }) => trackId), [null]);
  assert.deepEqual([late.weak, late.trackEpoch], [[], null]);
  const first = frame(key(90), 90, [at(0.1)]);
  assert.equal(first.detections[0]!.trackId, null, "the late frame began nothing");
  assert.equal(frame(key(120), 120, [at(0.1)]).detections[0]!.trackId, 1);
  assert.ok(first.trackEpoch! > before.trackEpoch!);
});

Deno.test("ObjectFollower begins anew where the frames' own clock jumps", () => {
  const { frame } = setup();
  for (const ms of [0, 33]) frame({ clock: "media", value: 60_000 + ms }, ms, [at(0.1)]);
  const after = frame({ clock: "media", value: 0 }, 66, [at(0.1)]);
  assert.equal(after.detections[0]!.trackId, null);
});

Deno.test("ObjectFollower knows speed right after a jump by the new line of time alone", () => {
  const { frame } = setup();
  const jump = 2 ** 31;
  [0, 1, 2, 3, 4, 5, 6].forEach((step) =>
    frame({ clock: "rtp", value: step * 9_000 }, step * 100, [at(0.1)])
  );
  const results = [0, 1, 2, 3].map((step) =>
    frame({ clock: "rtp", value: jump + step * 9_000 }, 700 + step * 100, [at(0.1 + 0.05 * step)])
  );
  const { velocity } = results.at(-1)!.detections[0]!;
  assert.ok(Math.abs(velocity!.x - 0.5) < 0.1, `${velocity!.x}`);
});

Deno.test("ObjectFollower lets go of objects that a higher threshold would not have let in", () => {
  const { follower, frame } = setup();
  for (const receivedAtMs of [0, 33]) frame(null, receivedAtMs, [at(0.1, 0.6)]);
  const raised = follower.follow({
    key: null,
    receivedAtMs: 1_000_066,
    detections: [at(0.1, 0.6)],
    scoreThreshold: 0.95,
  });
  assert.deepEqual([raised.detections, raised.weak], [[], []]);
});
