import assert from "node:assert/strict";
import { type LabelledDetection, MAX_PHONE_DETECTIONS } from "@/protocol";
import type { TrackedDetection } from "@/vision";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { PhoneDetections } from "./phone_detections.ts";

const LABELS = ["person", "dog"];

const found = (score: number, classId = 0): TrackedDetection => ({
  box: { xmin: 0.1, ymin: 0.2, xmax: 0.3, ymax: 0.4 },
  score,
  classId,
  trackId: 5,
  velocity: null,
});

function setup() {
  const timers = new FakeTimers();
  const sent: { atMs: number; detections: readonly LabelledDetection[] }[] = [];
  const phone = new PhoneDetections({
    timers,
    send: (detections) => sent.push({ atMs: timers.nowMs(), detections }),
  });
  const add = (...scores: number[]) =>
    phone.add({ detections: scores.map((score) => found(score)), weak: [] }, LABELS);
  /** What was sent, as scores. */
  const scores = () => sent.map(({ detections }) => detections.map(({ score }) => score));
  return { timers, sent, phone, add, scores };
}

Deno.test("PhoneDetections sends at once, then the newest five times a second at most", async () => {
  const { timers, sent, add, scores } = setup();
  for (let at = 0; at < 60; at++) {
    add(at / 100);
    await timers.advance(37);
  }
  assert.ok(sent.length === 12, `${sent.length}`);
  const gaps = sent.slice(1).map(({ atMs }, at) => atMs - sent[at]!.atMs);
  assert.ok(gaps.every((gapMs) => gapMs >= 200), gaps.join());
  // Each is the newest of its moment and not the first that had to wait.
  for (const [at, [score]] of scores().entries()) {
    assert.equal(score, Math.floor(sent[at]!.atMs / 37) / 100);
  }
});

Deno.test("PhoneDetections says once that nothing is there any more", async () => {
  const { timers, add, scores, phone } = setup();
  add();
  await timers.advance(500);
  assert.deepEqual(scores(), [], "nothing to take away");
  add(0.9);
  for (let at = 0; at < 30; at++) {
    add();
    await timers.advance(33);
  }
  assert.deepEqual(scores(), [[0.9], []]);
  add(0.8);
  phone.clear();
  await timers.advance(1_000);
  assert.deepEqual(scores(), [[0.9], [], [0.8], []]);
  assert.equal(timers.pending, 0);
});

Deno.test("PhoneDetections sends the best by name, weak ones of known objects among them", () => {
  const { phone, sent } = setup();
  const many = Array.from({ length: 60 }, (_, at) => found(0.4 + at / 200, at % 3));
  phone.add({ detections: many, weak: [found(0.3)] }, LABELS);
  const { detections } = sent[0]!;
  assert.equal(detections.length, MAX_PHONE_DETECTIONS);
  assert.equal(Math.min(...detections.map(({ score }) => score)), 0.4 + 20 / 200);
  assert.deepEqual(detections[0], {
    label: "class 2",
    score: 0.4 + 59 / 200,
    xmin: 0.1,
    ymin: 0.2,
    xmax: 0.3,
    ymax: 0.4,
    track_id: 5,
  });
  assert.deepEqual(new Set(detections.map(({ label }) => label)), new Set([...LABELS, "class 2"]));
});

Deno.test("PhoneDetections shows a lone weak object too, and sends nothing after its end", async () => {
  const { phone, timers, scores } = setup();
  phone.add({ detections: [], weak: [found(0.2)] }, LABELS);
  phone.add({ detections: [found(0.9)], weak: [] }, LABELS);
  phone.close();
  phone.add({ detections: [found(0.7)], weak: [] }, LABELS);
  await timers.advance(1_000);
  assert.deepEqual(scores(), [[0.2]]);
});
