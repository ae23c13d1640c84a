import assert from "node:assert/strict";
import { BoxList } from "./box_list.ts";
import { LiveBoxes } from "./live_boxes.ts";
import { ResultBook } from "./result_book.ts";
import { pair, SyncedBoxes } from "./synced_boxes.ts";
import { found, moving, resultOf } from "./testing/results.ts";

function set() {
  const book = new ResultBook();
  const live = new LiveBoxes();
  const synced = new SyncedBoxes(book, live);
  return {
    add: (timeMs: number, ...detections: ReturnType<typeof found>[]) =>
      live.add(book.add(timeMs, resultOf(0, detections)), timeMs),
    at(timeMs: number) {
      const boxes = new BoxList();
      const { boxes: source, result } = synced.collect(timeMs, boxes);
      const lefts = Array.from({ length: boxes.length }, (_, index) => boxes.at(index).xmin);
      return { source, of: result?.timeMs, lefts: lefts.map((x) => Math.round(x * 1000) / 1000) };
    },
  };
}

Deno.test("SyncedBoxes: a processed frame has its own boxes, to a tick", () => {
  const { add, at } = set();
  add(0, found(0.3));
  add(100, found(0.5));
  assert.deepEqual(at(0), { source: "own", of: 0, lefts: [0.2] });
  assert.deepEqual(at(101), { source: "own", of: 100, lefts: [0.4] });
});

Deno.test("SyncedBoxes: between two results objects are on their way", () => {
  const { add, at } = set();
  add(0, found(0.3, { trackId: 7 }), found(0.8));
  add(100, found(0.8), found(0.7, { trackId: 7 }));
  assert.deepEqual(at(25), { source: "between", of: 100, lefts: [0.3, 0.7] });
  assert.deepEqual(at(75).lefts, [0.5, 0.7]);
});

Deno.test("SyncedBoxes: what only one of the two has is shown in its half, moving", () => {
  const { add, at } = set();
  add(0, found(0.3, { trackId: 1, velocity: moving(0.5) }));
  add(100, found(0.8, { trackId: 2 }));
  assert.deepEqual(at(40).lefts, [0.22]);
  assert.deepEqual(at(60).lefts, [0.7]);
});

Deno.test("SyncedBoxes: after the last result boxes are predicted; before the first there are none", () => {
  const { add, at } = set();
  add(0, found(0.3, { trackId: 1, velocity: moving(0.5) }));
  assert.deepEqual(at(100), { source: "predicted", of: 0, lefts: [0.25] });
  assert.deepEqual(at(-33), { source: "none", of: undefined, lefts: [] });
  assert.deepEqual(at(2_000), { source: "none", of: undefined, lefts: [] });
});

Deno.test("SyncedBoxes: results too far apart say nothing of what was between", () => {
  const { add, at } = set();
  add(0, found(0.3));
  add(1_500, found(0.3));
  assert.equal(at(750).source, "none");
});

Deno.test("pair() takes tracks first, then the best overlap of one class, each once", () => {
  const [a, b] = [found(0.3, { trackId: 1 }), found(0.5)];
  const [c, d] = [found(0.52), found(0.45)];
  const moved = found(0.9, { trackId: 1 });
  assert.deepEqual(pair([a, b], [d, c, moved], true), [[a, moved], [b, c], [null, d]]);
  const other = found(0.3, { trackId: 2 });
  assert.deepEqual(pair([a], [other], true), [[a, null], [null, other]]);
  // Ids that were not counted together say nothing: the overlap does.
  assert.deepEqual(pair([a], [other], false), [[a, other]]);
  const cat = found(0.5, { classId: 15 });
  assert.deepEqual(pair([b], [cat], true), [[b, null], [null, cat]]);
});
