import assert from "node:assert/strict";
import type { LabelledDetection } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { resultOf } from "../metrics/testing/frames.ts";
import { Findings, type FindingsView, STALE_MS } from "./findings.ts";

const DOG = {
  box: { xmin: 0.1, ymin: 0.2, xmax: 0.3, ymax: 0.4 },
  score: 0.8,
  classId: 1,
  trackId: 7,
  velocity: null,
};

function setUp() {
  const timers = new FakeTimers();
  const views: FindingsView[] = [];
  const sent: (readonly LabelledDetection[])[] = [];
  const cleared: number[] = [];
  const findings = new Findings({
    timers,
    onView: (view) => views.push(view),
    sendToPhone: (detections) => sent.push(detections),
    onClear: () => cleared.push(timers.nowMs()),
  });
  return { timers, views, sent, cleared, findings };
}

Deno.test("Findings: what was found is listed, counted and shown to the phone", () => {
  const { views, sent, findings } = setUp();
  findings.add(resultOf(0, 0, { detections: [DOG] }), ["cat", "dog"]);
  assert.deepEqual(views.at(-1)?.detections, [DOG]);
  assert.deepEqual(views.at(-1)?.counts, [{ classId: 1, now: 1, unique: 1 }]);
  assert.equal(sent[0]?.[0]?.label, "dog");
});

Deno.test("Findings: without newer results nothing is in the picture, and what was stays counted", async () => {
  const { timers, views, sent, cleared, findings } = setUp();
  findings.add(resultOf(0, 0, { detections: [DOG] }), ["cat", "dog"]);
  await timers.advance(STALE_MS);
  findings.tick();
  assert.equal(views.length, 1);
  await timers.advance(1);
  findings.tick();
  findings.tick();
  assert.equal(views.length, 2, "said once");
  assert.deepEqual(cleared, [STALE_MS + 1]);
  assert.deepEqual(views[1], { detections: [], counts: [{ classId: 1, now: 0, unique: 1 }] });
  await timers.advance(1_000);
  assert.deepEqual(sent.at(-1), [], "the phone's boxes go as well");
});
