import assert from "node:assert/strict";
import type { TrackedDetection } from "@/vision";
import { BoxList } from "./box_list.ts";
import { LiveBoxes, opacityAt } from "./live_boxes.ts";
import { ResultBook } from "./result_book.ts";
import { found, moving, resultOf } from "./testing/results.ts";

function set() {
  const live = new LiveBoxes();
  const book = new ResultBook();
  return {
    live,
    add: (timeMs: number, detections: TrackedDetection[], weak: TrackedDetection[] = []) =>
      live.add(book.add(timeMs, resultOf(0, detections, weak))),
    at(timeMs: number) {
      const boxes = new BoxList();
      const result = live.collect(timeMs, boxes);
      const list = Array.from({ length: boxes.length }, (_, index) => ({ ...boxes.at(index) }));
      return { result, list, lefts: list.map(({ xmin }) => Math.round(xmin * 1000) / 1000) };
    },
  };
}

Deno.test("LiveBoxes: known objects are moved on, others and weak ones stay in their place", () => {
  const { add, at } = set();
  add(1_000, [found(0.3, { trackId: 1, velocity: moving(0.5) }), found(0.5)], [
    found(0.7, { trackId: 2 }),
  ]);
  assert.deepEqual(at(1_000).lefts, [0.2, 0.4, 0.6]);
  assert.deepEqual(at(1_100).lefts, [0.25, 0.4, 0.6]);
});

Deno.test("LiveBoxes: switched off, the motion model moves nothing", () => {
  const { live, add, at } = set();
  live.predict(false);
  add(0, [found(0.3, { trackId: 1, velocity: moving(0.5) })]);
  assert.deepEqual(at(400).lefts, [0.2]);
});

Deno.test("LiveBoxes: a lost object goes on for half a second, fading", () => {
  const { add, at } = set();
  add(0, [found(0.3, { trackId: 1, velocity: moving(0.5) })]);
  add(100, []);
  assert.deepEqual(at(100).lefts, [0.25]);
  assert.equal(at(100).list[0]?.opacity, 1);
  add(300, []);
  assert.deepEqual(at(350).lefts, [0.375]);
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

Deno.test("LiveBoxes: without new results everything fades and is gone after a second", () => {
  const { add, at } = set();
  add(0, [found(0.5)]);
  assert.equal(at(150).list[0]?.opacity, 1);
  assert.ok(at(900).list[0]!.opacity < 0.15);
  assert.deepEqual([at(1_000).result, at(1_000).list], [null, []]);
  assert.deepEqual([opacityAt(0), opacityAt(2_000)], [1, 0]);
});

Deno.test("LiveBoxes: a result of an earlier frame than the newest is too late", () => {
  const { add, at } = set();
  add(100, [found(0.5)]);
  add(66, [found(0.3)]);
  assert.deepEqual(at(133).lefts, [0.4]);
});
