/** The tracker's face on wasm32; what it does with scenes is tested in `tests/tracking.rs`. */
import assert from "node:assert/strict";
import {
  type Detection,
  initVision,
  type TrackedFrame,
  Tracker,
  Vision,
  weakThreshold,
} from "./mod.ts";
import { pick, seeded } from "./random_test_util.ts";
import { plainInput } from "./specs_test_util.ts";

const SCORE_THRESHOLD = 0.4;

/** A square detection with its centre at `x`, and `y` 0.5. */
function detection(x: number, score: number, classId = 0): Detection {
  const box = { xmin: x - 0.05, ymin: 0.45, xmax: x + 0.05, ymax: 0.55 };
  return { box, score: Math.fround(score), classId };
}

function at(timeMs: number) {
  return { timeMs, scoreThreshold: SCORE_THRESHOLD };
}

const ids = ({ detections }: TrackedFrame) => detections.map(({ trackId }) => trackId);

Deno.test("Tracker gives an id and a velocity with the second sighting", async () => {
  await initVision();
  const tracker = new Tracker();
  const given = detection(0.3, 0.9);
  const first = tracker.update([given], at(0));
  assert.deepEqual(first, {
    detections: [{ ...given, trackId: null, velocity: null }],
    weak: [],
  });
  const { detections: [second] } = tracker.update([detection(0.32, 0.9)], at(100));
  assert.equal(second!.trackId, 1);
  const { x, y, width, height } = second!.velocity!;
  assert.ok(Math.abs(x - 0.2) < 0.01, `${x}`);
  // The box is as high and as wide as it was, but for the rounding of f32.
  for (const still of [y, width, height]) assert.ok(Math.abs(still) < 1e-4, `${still}`);
  tracker.free();
});

Deno.test("Tracker.update() keeps the order, and tells the strong from the weak", async () => {
  await initVision();
  const tracker = new Tracker();
  tracker.update([detection(0.1, 0.9), detection(0.4, 0.8), detection(0.7, 0.5)], at(0));
  const second = tracker.update(
    [detection(0.7, 0.9), detection(0.1, 0.8), detection(0.4, 0.7)],
    at(100),
  );
  // Ids follow the age of the tracks, not the order of the detections.
  assert.deepEqual(ids(second), [3, 1, 2]);
  const third = tracker.update(
    [
      detection(0.9, 0.6),
      detection(0.4, SCORE_THRESHOLD),
      detection(0.7, 0.3),
      detection(0.2, 0.3),
      detection(0.1, 0.2),
    ],
    at(200),
  );
  assert.deepEqual(ids(third), [null, 2]);
  assert.deepEqual(third.weak.map(({ trackId, score }) => [trackId, score]), [
    [3, Math.fround(0.3)],
    [1, Math.fround(0.2)],
  ]);
  assert.ok(third.weak.every(({ velocity }) => velocity !== null));
  tracker.free();
});

Deno.test("a track is of one class, and lives for as long as was said", async () => {
  await initVision();
  const tracker = new Tracker({ maxLostMs: 300 });
  tracker.update([detection(0.5, 0.9, 7)], at(0));
  assert.deepEqual(ids(tracker.update([detection(0.5, 0.9, 7)], at(100))), [1]);
  assert.deepEqual(ids(tracker.update([detection(0.5, 0.9, 8)], at(200))), [null]);
  assert.deepEqual(ids(tracker.update([detection(0.5, 0.9, 7)], at(400))), [1]);
  tracker.update([], at(500));
  assert.deepEqual(ids(tracker.update([detection(0.5, 0.9, 7)], at(701))), [null]);
  assert.deepEqual(ids(tracker.update([detection(0.5, 0.9, 7)], at(801))), [2]);
  tracker.free();
});

Deno.test("Tracker.reset() begins anew, a clock set back goes on with the ids", async () => {
  await initVision();
  const tracker = new Tracker();
  const see = (timeMs: number) => ids(tracker.update([detection(0.5, 0.9)], at(timeMs)));
  assert.deepEqual([see(5000), see(5100), see(5050), see(NaN)], [[null], [1], [1], [1]]);
  assert.deepEqual([see(100), see(200)], [[null], [2]]);
  tracker.reset();
  assert.deepEqual([see(300), see(400)], [[null], [1]]);
  tracker.free();
  tracker.free();
  assert.throws(() => see(500), { code: "freed" });
  assert.throws(() => tracker.reset(), { code: "freed" });
});

Deno.test("Trackers know nothing of each other, nor of memory that grows", async () => {
  await initVision();
  const [one, other] = [new Tracker(), new Tracker()];
  one.update([detection(0.2, 0.9)], at(0));
  other.update([detection(0.8, 0.9)], at(0));
  const vision = new Vision({
    input: plainInput(32, 32),
    head: { kind: "yolov8", classes: 1, strides: [], boxes: 84 },
  });
  const before = vision.headBuffer();
  vision.frameBuffer(192 << 20);
  assert.equal(before.length, 0, "the memory has grown");
  assert.deepEqual(ids(one.update([detection(0.2, 0.9)], at(100))), [1]);
  assert.deepEqual(ids(other.update([detection(0.2, 0.9)], at(100))), [null]);
  vision.free();
  one.free();
  other.free();
});

Deno.test("what is not usable or too much is passed on without an id", async () => {
  await initVision();
  const tracker = new Tracker();
  const random = seeded(5);
  const numbers = [NaN, Infinity, -Infinity, 0, -1, 2, 1e300, 0.5];
  const any = () => pick(random, numbers);
  for (let frame = 0; frame < 200; frame++) {
    const detections = Array.from({ length: 20 }, (): Detection => ({
      box: { xmin: any(), ymin: any(), xmax: any(), ymax: any() },
      score: any(),
      classId: any(),
    }));
    const strong = detections.filter(({ score }) => score >= SCORE_THRESHOLD);
    const found = tracker.update(detections, at(any()));
    assert.deepEqual(found.detections.map(({ box }) => box), strong.map(({ box }) => box));
  }
  tracker.reset();
  // Too small to touch each other, too many to be followed all.
  const many = Array.from({ length: 310 }, (_, i): Detection => {
    const [xmin, ymin] = [(i % 20) / 20, Math.floor(i / 20) / 20];
    return { box: { xmin, ymin, xmax: xmin + 0.04, ymax: ymin + 0.04 }, score: 0.9, classId: 0 };
  });
  tracker.update(many, at(0));
  const second = ids(tracker.update(many, at(100)));
  assert.deepEqual(second, many.map((_, i) => i < 128 ? i + 1 : null));
  tracker.free();
});

Deno.test("weakThreshold() is half, between a tenth and the threshold", () => {
  const found = [0, 0.05, 0.1, 0.15, 0.2, 0.5, 1].map(weakThreshold);
  assert.deepEqual(found, [0, 0.05, 0.1, 0.1, 0.1, 0.25, 0.5]);
});
