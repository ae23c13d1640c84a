import assert from "node:assert/strict";
import fc from "fast-check";
import { containRect } from "../present/picture_geometry.ts";
import {
  areaOf,
  contains,
  footOf,
  isCrossed,
  middleOf,
  movedBy,
  type Point,
  rectangle,
  snapped,
  toArea,
  toPicture,
} from "./geometry.ts";

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const point: fc.Arbitrary<Point> = fc.record({ x: unit, y: unit });

/** An L: the square without its lower right quarter. */
const L: Point[] = [[0, 0], [1, 0], [1, 0.5], [0.5, 0.5], [0.5, 1], [0, 1]]
  .map(([x, y]) => ({ x: x!, y: y! }));

/** How often a polygon goes around a point, by angles: another way than that of the product. */
function turnsAround(polygon: readonly Point[], at: Point): number {
  let angle = 0;
  polygon.forEach((from, index) => {
    const to = polygon[(index + 1) % polygon.length]!;
    const change = Math.atan2(to.y - at.y, to.x - at.x) - Math.atan2(from.y - at.y, from.x - at.x);
    angle += Math.atan2(Math.sin(change), Math.cos(change));
  });
  return Math.round(angle / (2 * Math.PI));
}

/** Corners around a middle in the order of their angles: never crossed, seldom convex. */
const star = fc.array(fc.double({ min: 0.1, max: 0.5, noNaN: true }), {
  minLength: 3,
  maxLength: 12,
}).map((radii) =>
  radii.map((radius, index): Point => {
    const angle = 2 * Math.PI * (index + 0.25) / radii.length;
    return { x: 0.5 + radius * Math.cos(angle), y: 0.5 + radius * Math.sin(angle) };
  })
);

Deno.test("contains() says the same as counting turns", () => {
  fc.assert(fc.property(star, point, (polygon, at) => {
    assert.equal(contains(polygon, at), turnsAround(polygon, at) !== 0);
  }));
});

Deno.test("contains() takes the border for inside, also the picture's own", () => {
  const lower = rectangle({ x: 0.2, y: 0.5 }, { x: 0.6, y: 1 });
  assert.ok(contains(lower, footOf({ xmin: 0.3, xmax: 0.5, ymax: 1 })));
  assert.ok(contains(lower, footOf({ xmin: 0.3, xmax: 0.5, ymax: 1.2 })));
  for (const corner of L) assert.ok(contains(L, corner));
  assert.ok(contains(L, { x: 0.7, y: 0.5 }));
  assert.ok(!contains(L, { x: 0.7, y: 0.51 }));
  fc.assert(fc.property(star, fc.nat(11), unit, (polygon, index, along) => {
    const from = polygon[index % polygon.length]!;
    const to = polygon[(index + 1) % polygon.length]!;
    assert.ok(contains(polygon, {
      x: from.x + along * (to.x - from.x),
      y: from.y + along * (to.y - from.y),
    }));
  }));
});

Deno.test("isCrossed() finds a bow tie, a corner on another side and a way back, and no star", () => {
  const of = (...places: [number, number][]) => isCrossed(places.map(([x, y]) => ({ x, y })));
  assert.ok(of([0, 0], [1, 1], [1, 0], [0, 1]), "bow tie");
  assert.ok(of([0, 0], [1, 0], [1, 1], [0.5, 0]), "corner on a side");
  assert.ok(of([0, 0], [1, 0], [0.5, 0], [0.5, 1]), "back on the way it came");
  assert.ok(of([0, 0], [1, 0], [0.5, 0]), "no area");
  assert.ok(of([0, 0], [0, 0], [1, 0], [1, 1]), "a corner twice");
  assert.ok(!of([0, 0], [1, 0], [1, 1]), "triangle");
  assert.ok(!isCrossed(L));
  fc.assert(fc.property(star, (polygon) => assert.ok(!isCrossed(polygon))));
});

Deno.test("areaOf(), middleOf() and movedBy()", () => {
  assert.equal(areaOf(L), 0.75);
  const zone = rectangle({ x: 0.2, y: 0.2 }, { x: 0.4, y: 0.6 });
  const middle = middleOf(zone);
  assert.ok(Math.hypot(middle.x - 0.3, middle.y - 0.4) < 1e-9);
  fc.assert(fc.property(star, fc.double({ min: -2, max: 2, noNaN: true }), (polygon, by) => {
    const moved = movedBy(polygon, by, -by);
    for (const { x, y } of moved) {
      assert.ok(x >= -1e-9 && x <= 1 + 1e-9 && y >= -1e-9 && y <= 1 + 1e-9);
    }
    assert.ok(Math.abs(areaOf(moved) - areaOf(polygon)) < 1e-9);
  }));
});

Deno.test("toPicture() takes back what toArea() did: any size of window, any bars, mirrored or not", () => {
  const side = fc.integer({ min: 50, max: 4000 });
  fc.assert(
    fc.property(point, fc.tuple(side, side, side, side), fc.boolean(), (at, sizes, mirror) => {
      const [pictureWidthPx, pictureHeightPx, areaWidthPx, areaHeightPx] = sizes;
      const rect = containRect({ pictureWidthPx, pictureHeightPx, areaWidthPx, areaHeightPx });
      const back = toPicture(toArea(at, rect, mirror), rect, mirror);
      assert.ok(Math.abs(back.x - at.x) < 1e-6 && Math.abs(back.y - at.y) < 1e-6);
    }),
  );
});

Deno.test("toPicture() stays in the picture, and snapped() goes to its border", () => {
  const rect = { xPx: 100, yPx: 0, widthPx: 400, heightPx: 300 };
  assert.deepEqual(toPicture({ x: 20, y: 400 }, rect, false), { x: 0, y: 1 });
  assert.deepEqual(toPicture({ x: 20, y: 400 }, rect, true), { x: 1, y: 1 });
  assert.deepEqual(snapped({ x: 0.01, y: 0.99 }), { x: 0, y: 1 });
  assert.deepEqual(snapped({ x: 0.02, y: 0.5 }), { x: 0.02, y: 0.5 });
  const empty = { xPx: 0, yPx: 0, widthPx: 0, heightPx: 0 };
  assert.deepEqual(toPicture({ x: 0, y: 0 }, empty, false), { x: 0, y: 0 });
});
