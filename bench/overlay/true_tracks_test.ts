import assert from "node:assert/strict";
import { type FoundFrame, trueTracks } from "./true_tracks.ts";

const boxAt = (xmin: number, label = "car", score = 0.8) => ({
  ...{ label, score, xmin, ymin: 0.2 },
  ...{ xmax: xmin + 0.2, ymax: 0.4 },
});

/** Every second frame. */
const frames = (count: number, detectionsOf: (frame: number) => FoundFrame["detections"]) =>
  Array.from({ length: count }, (_, at) => ({ frame: 2 * at, detections: detectionsOf(2 * at) }));

Deno.test("trueTracks() links what overlaps, and places it between", () => {
  const objects = trueTracks(frames(6, (frame) => [boxAt(0.01 * frame)]), 11);
  assert.deepEqual(objects.map((list) => list.length), Array(11).fill(1));
  for (const [frame, [object]] of objects.entries()) {
    assert.equal(object!.id, 0);
    assert.ok(Math.abs(object!.box.xmin - 0.01 * frame) < 1e-9, `${frame}`);
  }
});

Deno.test("trueTracks() bridges a short gap, but not a long one", () => {
  const found = (missing: (frame: number) => boolean) =>
    trueTracks(frames(20, (frame) => missing(frame) ? [] : [boxAt(0.1)]), 40);
  const short = found((frame) => frame > 10 && frame < 18);
  assert.deepEqual(new Set(short.slice(0, 39).map((list) => list[0]?.id)), new Set([0]));
  const long = found((frame) => frame > 10 && frame < 24);
  assert.deepEqual([long[10]!.length, long[15]!.length, long[24]!.length], [1, 0, 1]);
  assert.notEqual(long[10]![0]!.id, long[24]![0]!.id);
});

Deno.test("trueTracks() leaves out what was found a few times, is weak, or is found twice", () => {
  const objects = trueTracks(
    frames(8, (frame) => [
      ...[boxAt(0.1), boxAt(0.2, "bus"), boxAt(0.12, "truck", 0.6), boxAt(0.5, "car", 0.45)],
      ...(frame < 6 ? [boxAt(0.7)] : []),
    ]),
    15,
  );
  assert.deepEqual(objects.map((list) => list.length), Array(15).fill(2));
  assert.deepEqual(objects[14]!.map(({ box }) => box.xmin), [0.1, 0.2]);
});

Deno.test("trueTracks() knows nothing of a box that another went into, from then on", () => {
  const carAt = (xmin: number) => ({ ...boxAt(xmin), xmax: xmin + 0.1 });
  // One overtakes the other, and they are found as one while it hides it.
  const objects = trueTracks(
    frames(
      16,
      (frame) => frame < 16 ? [carAt(0.1), boxAt(0.1 + 0.01 * (16 - frame))] : [boxAt(0.1)],
    ),
    31,
  );
  const counts = objects.map((list) => list.length);
  assert.deepEqual(counts, [...Array(13).fill(2), 1, 1, ...Array(16).fill(0)]);
});
