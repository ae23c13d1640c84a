import assert from "node:assert/strict";
import { clipFrame, type ClipSpec, frameCount } from "../clip.ts";
import type { BoxXyxy } from "../picture.ts";
import { alignmentOf } from "./alignment.ts";
import { latenciesMs, type Sighting } from "./sightings.ts";

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

Deno.test("alignmentOf() takes a small box on the object for what it is: none of the object", () => {
  const found = alignmentOf([
    sighting(0, { xmin: 0.45, ymin: 0.4, xmax: 0.55, ymax: 0.5 }),
  ], { spec, ownBoxes });
  assert.equal(found.boxedShare, 0);
});

Deno.test("latenciesMs() is of each frame's first sighting, over the end of the code's range", () => {
  const seen = [[1_000, 990], [1_020, 1_000], [1_040, 1_000], [4_106, 4_090], [4_126, 5]]
    .map(([swapMs, drawnCode]) => ({ ...sighting(0, null), swapMs: swapMs!, drawnCode }));
  assert.deepEqual(latenciesMs(seen, (ourMs) => ourMs + 10), [29.5, 25.5, 34.5]);
});
