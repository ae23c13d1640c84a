import assert from "node:assert/strict";
import { differenceIntervals } from "./bootstrap.ts";
import { type BoxXywh, matchClasses, type ScoredBox } from "../accuracy/coco_match.ts";

const BOX: BoxXywh = [10, 10, 100, 100];
const PICTURES = Array.from({ length: 40 }, (_, at) => at);
const TRUTHS = PICTURES.map((pictureId) => ({
  pictureId,
  classId: 0,
  boxXywh: BOX,
  isCrowd: false,
}));
const ALL: ScoredBox[] = PICTURES.map((pictureId) => ({
  pictureId,
  classId: 0,
  boxXywh: BOX,
  score: 1 - pictureId / 100,
}));

Deno.test("differenceIntervals() is nothing for what is the same and lies below 0 for what is worse", () => {
  const base = matchClasses(TRUTHS, ALL);
  const fewer = matchClasses(TRUTHS, ALL.slice(0, 30));
  const [same, worse] = differenceIntervals(base, [base, fewer], PICTURES);
  assert.deepEqual(same, { low: 0, high: 0 });
  // A quarter is missing: the share that is drawn of them lies within 0.25 ± 1.96 · 0.0685.
  assert.ok(worse!.low > -0.42 && worse!.low < -0.34, `${worse!.low}`);
  assert.ok(worse!.high < -0.08 && worse!.high > -0.16, `${worse!.high}`);
});

Deno.test("differenceIntervals() says the same every time, and null without objects", () => {
  const base = matchClasses(TRUTHS, ALL);
  const fewer = [matchClasses(TRUTHS, ALL.slice(0, 20))];
  const first = differenceIntervals(base, fewer, PICTURES);
  assert.deepEqual(differenceIntervals(base, fewer, PICTURES), first);
  const none = matchClasses([], ALL);
  assert.deepEqual(differenceIntervals(none, [none], PICTURES), [null]);
});
