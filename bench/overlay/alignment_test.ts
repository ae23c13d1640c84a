import assert from "node:assert/strict";
import { clipFrame, type ClipSpec, frameCount } from "../clip.ts";
import type { BoxXyxy } from "../picture.ts";
import { alignmentOf } from "./alignment.ts";
import { screenLatencies, type Sighting } from "./sightings.ts";

const spec: ClipSpec = {
  widthPx: 640,
  heightPx: 480,
  fps: 20,
  durationS: 4,
  picture: { widthPx: 200, heightPx: 300, pixels: new Uint8Array(200 * 300) },
  movement: { kind: "shuttle", travelPx: 300, rounds: 2 },
};
const count = frameCount(spec);
const ownBoxes = Array.from({ length: count }, (_, frame) => clipFrame(spec, frame).objectXyxy);

function sighting(frame: number | undefined, box: BoxXyxy | null, isDashed = false): Sighting {
  const boxes = box === null ? [] : [{ ...box, isDashed }];
  return { swapMs: (frame ?? 0) * 50, frame, drawnCode: undefined, boxes };
}

Deno.test("alignmentOf() of boxes of the very frame finds no fault", () => {
  const seen = ownBoxes.map((box, frame) => sighting(frame, box, frame % 2 === 1));
  const found = alignmentOf(seen, { spec, ownBoxes });
  assert.equal(found.boxedShare, 1);
  assert.deepEqual([found.shown, found.frames, found.dashed], [count, count, count / 2]);
  assert.deepEqual([found.toTruth.share, found.toOwn.count], [1, count / 2]);
  assert.ok(Math.abs(found.offPx.p95!) < 1e-9);
});

Deno.test("alignmentOf() sees boxes of the frame before, and frames without any", () => {
  const seen = ownBoxes.map((_, frame) =>
    sighting(frame, frame % 10 === 0 ? null : ownBoxes[(frame + count - 2) % count]!)
  );
  const found = alignmentOf([...seen, sighting(undefined, null)], { spec, ownBoxes });
  assert.deepEqual([found.boxedShare, found.unread], [0.9, 1]);
  // Two frames of 15 px, whichever way it goes.
  assert.ok(Math.abs(found.lagPx.median! - 30) < 1e-9);
  assert.ok(found.toTruth.share! < 0.2, `${found.toTruth.share}`);
  assert.ok(found.toOwn.share! < 0.2);
});

Deno.test("alignmentOf() knows boxes that nobody could have placed: over a turn, between found ones", () => {
  // It turns at frame 10.
  const seen = [7, 8, 9, 10, 11, 12].map((frame) =>
    sighting(frame, ownBoxes[frame === 11 ? 1 : frame]!, frame !== 7 && frame !== 12)
  );
  const found = alignmentOf(seen, { spec, ownBoxes });
  assert.deepEqual([found.toTruth.count, found.toKnowable.count], [6, 2]);
  assert.ok(found.toTruth.share! < 1);
  assert.equal(found.toKnowable.share, 1);
});

Deno.test("alignmentOf() takes a small box on the object for what it is: none of the object", () => {
  const found = alignmentOf([
    sighting(0, { xmin: 0.45, ymin: 0.4, xmax: 0.55, ymax: 0.5 }),
  ], { spec, ownBoxes });
  assert.equal(found.boxedShare, 0);
});

Deno.test("screenLatencies() is of each frame's first sighting with boxes of its own", () => {
  const box = ownBoxes[0]!;
  const seen = [
    { ...sighting(0, box), swapMs: 1_000, drawnCode: 990 },
    { ...sighting(1, box, true), swapMs: 1_020, drawnCode: 1_000 },
    { ...sighting(1, box), swapMs: 1_040, drawnCode: 1_000 },
    { ...sighting(1, box), swapMs: 1_060, drawnCode: 1_000 },
    { ...sighting(2, null), swapMs: 1_080, drawnCode: 1_070 },
    // The code begins anew between drawing and showing, or before both.
    { ...sighting(3, box), swapMs: 4_106, drawnCode: 4_090 },
    { ...sighting(4, box), swapMs: 4_126, drawnCode: 5 },
  ];
  assert.deepEqual(screenLatencies(seen, (ourMs) => ourMs + 10), [
    { swapMs: 1_040, latencyMs: 49.5 },
    { swapMs: 4_106, latencyMs: 25.5 },
    { swapMs: 4_126, latencyMs: 34.5 },
  ]);
});
