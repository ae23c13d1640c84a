import assert from "node:assert/strict";
import { type Detection, initVision, Tracker } from "@/vision";
import { StreamTracker } from "./stream_tracker.ts";

await initVision();

/** A still object, seen this well. */
const seen = (score: number): Detection => ({
  box: { xmin: 0.2, ymin: 0.2, xmax: 0.4, ymax: 0.6 },
  score,
  classId: 1,
});

function setup() {
  const tracker = new StreamTracker(new Tracker());
  const frame = (
    frameId: number,
    detections: readonly Detection[],
    over: { modelId?: string; source?: number; captureTimeMs?: number; receiveTimeMs?: number } =
      {},
  ) => {
    const { modelId = "m", source = 0, captureTimeMs = null, receiveTimeMs = frameId * 33 } = over;
    return tracker.follow({
      frame: {
        frameId,
        receiveTimeMs,
        source,
        captureTimeMs,
        captureClock: captureTimeMs === null ? null : "phone",
      },
      detections,
      modelId,
      scoreThreshold: 0.35,
    });
  };
  const ids = (...args: Parameters<typeof frame>) =>
    frame(...args).detections.map(({ trackId }) => trackId);
  return { tracker, frame, ids };
}

Deno.test("StreamTracker gives an object its id from its second frame on, and keeps it where it is weak", () => {
  const { tracker, frame } = setup();
  const [first, second, weak] = [0.9, 0.9, 0.2].map((score, at) => frame(at, [seen(score)]));
  assert.equal(first!.detections[0]!.trackId, null);
  const { trackId } = second!.detections[0]!;
  assert.ok(trackId !== null);
  assert.deepEqual(weak!.detections, []);
  assert.deepEqual(weak!.weak.map((found) => found.trackId), [trackId]);
  assert.equal(weak!.trackEpoch, first!.trackEpoch);
  tracker.free();
});

Deno.test("StreamTracker begins anew with another model, and says so", () => {
  const { tracker, frame, ids } = setup();
  for (const id of [1, 2]) frame(id, [seen(0.9)]);
  const before = frame(3, [seen(0.9)]);
  const after = frame(4, [seen(0.9)], { modelId: "other" });
  assert.deepEqual(before.detections.map(({ trackId }) => trackId), [1]);
  assert.deepEqual(after.detections.map(({ trackId }) => trackId), [null]);
  assert.ok(after.trackEpoch > before.trackEpoch);
  assert.deepEqual(ids(5, [seen(0.9)], { modelId: "other" }), [1]);
  tracker.free();
});

Deno.test("StreamTracker is not confused by a frame that comes late", () => {
  const { tracker, frame, ids } = setup();
  for (const id of [0xffff_fffe, 0xffff_ffff]) frame(id, [seen(0.9)], { receiveTimeMs: id });
  assert.deepEqual(ids(1, [seen(0.9)], { receiveTimeMs: 2 ** 32 }), [1]);
  const late = frame(0, [seen(0.9), seen(0.36), seen(0.2)]);
  assert.deepEqual(late.detections.map(({ score, trackId }) => [score, trackId]), [
    [0.9, null],
    [0.36, null],
  ]);
  assert.deepEqual(late.weak, []);
  assert.deepEqual(ids(2, [seen(0.9)], { receiveTimeMs: 2 ** 32 + 33 }), [1]);
  tracker.free();
});

Deno.test("StreamTracker keeps its objects when capture times come up, and when their clock is set", () => {
  const { tracker, ids } = setup();
  const startMs = 1_790_000_000_000;
  for (let at = 0; at < 3; at++) ids(at, [seen(0.9)], { receiveTimeMs: startMs + at * 33 });
  for (const [step, offsetMs] of [-80, -80, 7_200_000, 7_200_000, -7_200_000].entries()) {
    const receiveTimeMs = startMs + (step + 3) * 33;
    const captureTimeMs = receiveTimeMs + offsetMs;
    assert.deepEqual(ids(step + 3, [seen(0.9)], { receiveTimeMs, captureTimeMs }), [1]);
  }
  tracker.free();
});

Deno.test("StreamTracker.follow() of a full frame takes far less than a frame's time", () => {
  const { tracker, frame } = setup();
  const crowd = Array.from({ length: 300 }, (_, at): Detection => {
    const [x, y] = [(at % 20) / 20, Math.floor(at / 20) / 15];
    return {
      box: { xmin: x, ymin: y, xmax: x + 0.07, ymax: y + 0.09 },
      score: 0.9,
      classId: at % 3,
    };
  });
  const took = Array.from({ length: 60 }, (_, at) => {
    const startMs = performance.now();
    frame(at, crowd);
    return performance.now() - startMs;
  });
  const medianMs = took.toSorted((a, b) => a - b)[30]!;
  assert.ok(medianMs < 8, `${medianMs} ms`);
  tracker.free();
});

Deno.test("StreamTracker begins anew with another camera: what it sees moved no object of the last", () => {
  const { ids, frame } = setup();
  ids(1, [seen(0.9)]);
  assert.deepEqual(ids(2, [seen(0.9)]), [1]);
  const before = frame(3, [seen(0.9)]).trackEpoch;
  const after = frame(4, [seen(0.9)], { source: 1 });
  assert.equal(after.detections[0]?.trackId, null);
  assert.ok(after.trackEpoch > before);
});
