import assert from "node:assert/strict";
import type { LabelledDetection } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { FreshDetections, NO_DETECTIONS, type ShownDetections } from "./fresh_detections.ts";

const PERSON: LabelledDetection = {
  label: "person",
  score: 0.9,
  xmin: 0.1,
  ymin: 0.2,
  xmax: 0.3,
  ymax: 0.4,
};

function setup() {
  const timers = new FakeTimers();
  let shown: ShownDetections = NO_DETECTIONS;
  const fresh = new FreshDetections(timers, (next) => shown = next);
  return { timers, fresh, shown: () => shown };
}

Deno.test("FreshDetections shows boxes while they come, fades them, and lets them go after a second", async () => {
  const { timers, fresh, shown } = setup();
  for (let at = 0; at < 10; at++) {
    fresh.add([PERSON]);
    await timers.advance(200);
    assert.deepEqual(shown(), { detections: [PERSON], isFading: false });
  }
  await timers.advance(500);
  assert.deepEqual(shown(), { detections: [PERSON], isFading: true });
  fresh.add([PERSON]);
  assert.equal(shown().isFading, false);
  await timers.advance(999);
  assert.equal(shown().detections.length, 1);
  await timers.advance(1);
  assert.equal(shown(), NO_DETECTIONS);
  assert.equal(timers.pending, 0);
});

Deno.test("FreshDetections shows nothing at once when nothing is there any more", async () => {
  const { timers, fresh, shown } = setup();
  fresh.add([PERSON]);
  fresh.add([]);
  assert.equal(shown(), NO_DETECTIONS);
  fresh.add([PERSON]);
  await timers.advance(700);
  fresh.clear();
  await timers.advance(2_000);
  assert.deepEqual([shown(), timers.pending], [NO_DETECTIONS, 0]);
});
