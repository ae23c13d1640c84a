import assert from "node:assert/strict";
import type { FollowedObject, TrackedDetection } from "@/vision";
import { BoxList } from "./box_list.ts";
import { type Following, LiveBoxes } from "./live_boxes.ts";
import { ResultBook } from "./result_book.ts";
import { found, moving, resultOf } from "./testing/results.ts";

/** How old results are when they come. */
const LATE_MS = 100;

function set(following: Following | null = null) {
  const live = new LiveBoxes(following);
  const book = new ResultBook();
  return {
    live,
    add: (timeMs: number, detections: TrackedDetection[], weak: TrackedDetection[] = []) =>
      live.add(book.add(timeMs, resultOf(0, detections, weak)), timeMs + LATE_MS),
    at(timeMs: number) {
      const boxes = new BoxList();
      const { boxes: source, result } = live.collect(timeMs, boxes);
      const list = Array.from({ length: boxes.length }, (_, index) => ({ ...boxes.at(index) }));
      return {
        source,
        result,
        list,
        lefts: list.map(({ xmin }) => Math.round(xmin * 1000) / 1000),
      };
    },
  };
}

Deno.test("LiveBoxes: known objects are moved on, others and weak ones stay in their place", () => {
  const { add, at } = set();
  for (const [timeMs, centre] of [[900, 0.25], [1_000, 0.3]] as const) {
    add(timeMs, [found(centre, { trackId: 1, velocity: moving(0.5) }), found(0.5)], [
      found(0.7, { trackId: 2 }),
    ]);
  }
  assert.deepEqual(at(1_000).lefts, [0.2, 0.4, 0.6]);
  assert.deepEqual(at(1_100).lefts, [0.25, 0.4, 0.6]);
  assert.deepEqual([at(1_000).source, at(1_100).source], ["own", "predicted"]);
});

Deno.test("LiveBoxes: switched off, the motion model moves nothing", () => {
  const { live, add, at } = set();
  live.predict(false);
  add(0, [found(0.3, { trackId: 1, velocity: moving(0.5) })]);
  add(100, [found(0.35, { trackId: 1, velocity: moving(0.5) })]);
  assert.deepEqual(at(400).lefts, [0.25]);
});

Deno.test("LiveBoxes: a lost object goes on for half a second, fading", () => {
  const { add, at } = set();
  add(-100, [found(0.25, { trackId: 1, velocity: moving(0.5) })]);
  add(0, [found(0.3, { trackId: 1, velocity: moving(0.5) })]);
  add(100, []);
  assert.deepEqual(at(100).lefts, [0.25]);
  assert.equal(at(100).list[0]?.opacity, 1);
  add(300, []);
  assert.deepEqual(at(350).lefts, [0.35], "by what it does in 300 ms");
  assert.ok(Math.abs(at(350).list[0]!.opacity - 0.5) < 0.01);
  add(550, []);
  assert.deepEqual(at(600).lefts, []);
});

Deno.test("LiveBoxes: found again, an object is drawn once, under its old name or a new one", () => {
  const { add, at } = set();
  add(0, [found(0.3, { trackId: 1 })]);
  add(33, []);
  add(66, [found(0.31, { trackId: 2 })]);
  assert.deepEqual(at(66).lefts, [0.21]);
  add(100, [found(0.32, { trackId: 1 })]);
  assert.deepEqual(at(100).lefts, [0.22]);
});

Deno.test("LiveBoxes: boxes are in full until the next result is overdue, then soon gone", () => {
  const { add, at } = set();
  for (const timeMs of [0, 600, 1_200]) add(timeMs, [found(0.5)]);
  // 700 ms old when the next came, so far.
  assert.equal(at(2_050).list[0]?.opacity, 1);
  assert.ok(at(2_300).list[0]!.opacity <= 0.5);
  assert.deepEqual([at(2_700).result, at(2_700).list], [null, []]);
});

Deno.test("LiveBoxes: a result of an earlier frame than the newest is too late", () => {
  const { add, at } = set();
  add(100, [found(0.5)]);
  add(66, [found(0.3)]);
  assert.deepEqual(at(133).lefts, [0.4]);
});

/** Sees one object at `object`, all the time. */
function seeing(object: Partial<FollowedObject>, newestMs: number): Following {
  const known: FollowedObject = {
    ...{ box: found(0.5).box, score: 0.9, classId: 0, confidence: 0.9, velocity: { x: 0, y: 0 } },
    ...{ unconfirmedMs: 0, behindMs: 0, isAlone: false },
    ...object,
  };
  return { newestMs, addResult() {}, forgetResults() {}, objectsAt: () => [known] };
}

Deno.test("LiveBoxes: what is seen goes before what is reckoned, and is moved by one frame at most", () => {
  const { add, at } = set(seeing({ velocity: { x: 0.5, y: 0 } }, 400));
  add(0, [found(0.1)]);
  assert.deepEqual([at(400).source, at(400).lefts], ["followed", [0.4]]);
  assert.deepEqual(at(440).lefts, [0.42]);
});

Deno.test("LiveBoxes: switched off, nothing is followed", () => {
  const { live, add, at } = set(seeing({}, 400));
  live.predict(false);
  add(0, [found(0.1)]);
  assert.deepEqual([at(150).source, at(150).lefts], ["predicted", [0]]);
});

Deno.test("LiveBoxes: what is seen stays, as uncertain, when results are overdue", () => {
  const { add, at } = set(seeing({ unconfirmedMs: 900 }, 900));
  add(0, [found(0.1)]);
  assert.equal(at(900).list[0]?.opacity, 0.5);
  const { add: addUnseen, at: atUnseen } = set(
    seeing({ unconfirmedMs: 900, confidence: 0.2 }, 900),
  );
  addUnseen(0, [found(0.1)]);
  assert.equal(atUnseen(900).list.length, 0);
});

Deno.test("LiveBoxes: what detection misses and the picture shows is drawn a little weaker, for two seconds", () => {
  for (const [unconfirmedMs, opacity] of [[400, 0.75], [1_750, 0.5], [2_000, undefined]] as const) {
    const { add, at } = set(seeing({ unconfirmedMs, isAlone: true }, 100));
    add(0, [found(0.1)]);
    assert.equal(at(100).list[0]?.opacity, opacity);
  }
});
