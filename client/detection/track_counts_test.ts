import assert from "node:assert/strict";
import fc from "fast-check";
import type { TrackedDetection } from "@/vision";
import { TrackCounts } from "./track_counts.ts";

const found = (classId: number, trackId: number | null): TrackedDetection => ({
  box: { xmin: 0, ymin: 0, xmax: 1, ymax: 1 },
  score: 0.5,
  classId,
  trackId,
  velocity: null,
});

/** A result with these objects: class and id each. */
const result = (objects: readonly [number, number | null][], trackEpoch = 1) => ({
  detections: objects.map(([classId, trackId]) => found(classId, trackId)),
  weak: [] as TrackedDetection[],
  trackEpoch,
});

Deno.test("TrackCounts counts what is in the picture, and each object once for all time", () => {
  const counts = new TrackCounts();
  assert.deepEqual(counts.counts(), []);
  counts.add(result([[0, null], [0, null], [2, null]]));
  assert.deepEqual(counts.counts(), [
    { classId: 0, now: 2, unique: 0 },
    { classId: 2, now: 1, unique: 0 },
  ]);
  counts.add(result([[0, 1], [0, 2], [2, 3]]));
  counts.add({ ...result([[0, 2], [0, null]]), weak: [found(2, 3)] });
  counts.add(result([[0, 4]]));
  assert.deepEqual(counts.counts(), [
    { classId: 0, now: 1, unique: 3 },
    { classId: 2, now: 0, unique: 1 },
  ]);
  counts.clearNow();
  assert.deepEqual(counts.counts().map(({ now, unique }) => [now, unique]), [[0, 3], [0, 1]]);
});

Deno.test("TrackCounts puts most in the picture first, then most seen", () => {
  const counts = new TrackCounts();
  counts.add(result([[5, 1], [5, 2], [5, 3], [1, 4], [3, 5]]));
  counts.add(result([[3, 5], [1, 4], [1, 6], [2, null]]));
  assert.deepEqual(counts.counts().map(({ classId }) => classId), [1, 3, 2, 5]);
});

Deno.test("TrackCounts goes on when the tracker begins anew, and from nothing after reset()", () => {
  const counts = new TrackCounts();
  counts.add(result([[0, 1], [0, 2]], 10));
  counts.add(result([[0, 1]], 11));
  assert.deepEqual(counts.counts(), [{ classId: 0, now: 1, unique: 3 }]);
  counts.reset();
  assert.deepEqual(counts.counts(), []);
  counts.add(result([[0, 1]], 11));
  assert.deepEqual(counts.counts(), [{ classId: 0, now: 1, unique: 1 }]);
});

Deno.test("TrackCounts counts as a set of ids would, while some objects stay and some results are lost", () => {
  const steps = fc.array(
    fc.record({ born: fc.nat(40), isLost: fc.boolean(), left: fc.nat(60) }),
    { minLength: 1, maxLength: 300 },
  );
  fc.assert(fc.property(steps, (frames) => {
    const counts = new TrackCounts();
    const ids = new Set<number>();
    let lastId = 0;
    // The first one stays for ever.
    let present: number[] = [];
    for (const { born, isLost, left } of frames) {
      const [first = [], others = []] = [present.slice(0, 1), present.slice(1 + left)];
      present = [...first, ...others, ...Array.from({ length: born }, () => ++lastId)].slice(
        0,
        300,
      );
      lastId = Math.max(lastId, ...present);
      if (isLost) continue;
      counts.add(result(present.map((id) => [0, id])));
      for (const id of present) ids.add(id);
    }
    assert.equal(counts.counts()[0]?.unique ?? 0, ids.size);
  }));
});

Deno.test("TrackCounts counts millions of objects in the same memory, and none twice", () => {
  const counts = new TrackCounts();
  for (let id = 2; id < 200_000; id += 100) {
    const crowd = Array.from({ length: 100 }, (_, at): [number, number] => [at % 2, id + at]);
    counts.add(result([[7, 1], ...crowd]));
    counts.add(result([[7, 1], ...crowd]));
  }
  const byClass = Object.fromEntries(
    counts.counts().map(({ classId, unique }) => [classId, unique]),
  );
  assert.deepEqual(byClass, { 0: 100_000, 1: 100_000, 7: 1 });
});
