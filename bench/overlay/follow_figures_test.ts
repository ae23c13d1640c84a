import assert from "node:assert/strict";
import type { BoxXyxy } from "../picture.ts";
import { followFigures, type FollowTruth } from "./follow_figures.ts";
import type { HeldResult } from "./late_results.ts";
import type { Sighting } from "./sightings.ts";

const START_MS = 1_000_000;
const FRAME_MS = 100;

/** One that goes to the right by 8 px a frame, and one that stands still. */
const truth: FollowTruth = {
  ...{ count: 40, fps: 10, widthPx: 640, heightPx: 480, isClosed: false },
  objects: (frame) => [
    { id: 0, box: boxAt(40 + 8 * frame), visible: frame === 20 ? 0.5 : 1 },
    { id: 1, box: boxAt(500), visible: 1 },
  ],
};

function boxAt(xPx: number, yPx = 200): BoxXyxy {
  return {
    xmin: xPx / 640,
    ymin: yPx / 480,
    xmax: (xPx + 100) / 640,
    ymax: (yPx + 120) / 480,
  };
}

function sighting(frame: number, boxes: readonly BoxXyxy[], atFrame = frame): Sighting {
  return {
    swapMs: START_MS + FRAME_MS * atFrame,
    frame: frame % truth.count,
    drawnCode: undefined,
    boxes: boxes.map((box) => ({ ...box, isDashed: false })),
  };
}

function result(frame: number, found: HeldResult["found"]): HeldResult {
  const givenMs = START_MS + FRAME_MS * frame;
  return { frame: frame % truth.count, givenMs, shownMs: givenMs + 300, found };
}

const trueBoxes = (frame: number) => truth.objects(frame % truth.count).map(({ box }) => box);
const foundAt = (frame: number, tracks: readonly string[]) =>
  result(frame, trueBoxes(frame).map((box, at) => ({ box, track: tracks[at]! })));

Deno.test("followFigures() counts each object on each frame from its first result on", () => {
  const sightings = Array.from({ length: 40 }, (_, frame) => sighting(frame, trueBoxes(frame)));
  const results = [
    result(0, [{ box: boxAt(500), track: "1 1" }]),
    foundAt(10, ["1 2", "1 1"]),
  ];
  const found = followFigures({ sightings, results }, truth);
  assert.equal(found.frames, 40);
  // The frame that is swapped in as a result comes is not its: so three and a bit late. 36 of the one that
  // stands still; 26 of the other but for the one behind something.
  assert.deepEqual([found.all.count, found.all.coverage], [36 + 25, 1]);
  assert.equal(found.moving.count, 25);
  assert.ok(found.all.errorPx.p95! < 1e-9);
  assert.deepEqual(found.results, { count: 2, everyMs: 1_000, lateMs: 300 });
});

Deno.test("followFigures() measures how far boxes are behind, and those that are missing", () => {
  const results = [foundAt(0, ["1 1", "1 2"])];
  const sightings = Array.from({ length: 20 }, (_, at) => {
    const frame = at + 10;
    const [moving, still] = trueBoxes(frame - 5);
    return sighting(frame, at % 2 === 0 ? [still!] : [still!, moving!]);
  }).filter(({ frame }) => frame !== 20);
  const { all, moving } = followFigures({ sightings, results }, truth);
  assert.deepEqual([all.count, moving.count], [38, 19]);
  // IoU of boxes 100 px wide that are 40 px apart: 0.43.
  assert.equal(moving.coverage, 0);
  assert.equal(all.coverage, 0.5);
  assert.equal(Math.round(moving.errorPx.median!), 40);
});

Deno.test("followFigures() judges a frame as it is shown first", () => {
  const results = [foundAt(0, ["1 1", "1 2"])];
  const sightings = [
    sighting(10, []),
    { ...sighting(10, trueBoxes(10)), swapMs: START_MS + 1_010 },
  ];
  assert.deepEqual(followFigures({ sightings, results }, truth).all.coverage, 0);
});

Deno.test("followFigures() gives no box to two objects, and none to what is far from it", () => {
  const results = [foundAt(0, ["1 1", "1 2"])];
  const one = followFigures({ sightings: [sighting(10, [boxAt(500)])], results }, truth);
  assert.deepEqual([one.all.count, one.all.coverage, one.moving.coverage], [2, 0.5, 0]);
  assert.equal(one.moving.errorPx.median, null);
});

Deno.test("followFigures() prefers the box that overlaps most to what is nearest", () => {
  const results = [foundAt(0, ["1 1", "1 2"])];
  // Of a box under another the screen shows a piece, which here has its middle in the object's.
  const [behind] = trueBoxes(8);
  const { xmin, xmax } = trueBoxes(10)[0]!;
  const sliver = { xmin, xmax, ymin: 255 / 480, ymax: 265 / 480 };
  const boxes = [behind!, sliver, boxAt(500)];
  const { all } = followFigures({ sightings: [sighting(10, boxes)], results }, truth);
  assert.deepEqual([all.count, all.coverage], [2, 1]);
});

Deno.test("followFigures() begins anew when a video does, unless it is closed", () => {
  const results = [foundAt(0, ["1 1", "1 2"]), foundAt(50, ["1 3", "1 4"])];
  const sightings = [39, 45, 52, 55].map((frame) => sighting(frame, trueBoxes(frame)));
  const open = followFigures({ sightings, results }, truth);
  assert.deepEqual([open.frames, open.all.count], [4, 4]);
  assert.deepEqual(open.ids, { count: 0, changes: 0 });
  const closed = followFigures({ sightings, results }, { ...truth, isClosed: true });
  assert.equal(closed.all.count, 8);
});

Deno.test("followFigures() counts ids that change", () => {
  const results = [
    foundAt(5, ["1 1", "1 2"]),
    foundAt(10, ["1 1", "1 2"]),
    foundAt(15, ["1 2", "1 1"]),
    foundAt(25, ["1 2", "1 3"]),
  ];
  const sightings = Array.from({ length: 40 }, (_, frame) => sighting(frame, trueBoxes(frame)));
  assert.deepEqual(followFigures({ sightings, results }, truth).ids, { count: 6, changes: 3 });
  const blind = results.map((result) => ({ ...result, frame: null }));
  assert.equal(followFigures({ sightings, results: blind }, truth).ids, null);
});
