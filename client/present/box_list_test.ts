import assert from "node:assert/strict";
import fc from "fast-check";
import { BoxList, iou } from "./box_list.ts";
import { found, moving } from "./testing/results.ts";

const near = (value: number, expected: number) => Math.abs(value - expected) < 1e-9;

Deno.test("BoxList.addMoved() moves a box by its velocity, for 300 ms at most", () => {
  const boxes = new BoxList();
  const object = found(0.3, { velocity: moving(0.4) });
  boxes.addMoved(object, 250, 1);
  boxes.addMoved(object, 5_000, 1);
  boxes.addMoved(object, -250, 1);
  assert.ok(near(boxes.at(0).xmin, 0.3) && near(boxes.at(0).xmax, 0.5));
  assert.ok(near(boxes.at(1).xmin, 0.32), `${boxes.at(1).xmin}`);
  assert.ok(near(boxes.at(2).xmin, 0.1), `${boxes.at(2).xmin}`);
});

Deno.test("BoxList: whatever comes in, boxes are inside the picture and have a size", () => {
  const number = fc.double({ min: -3, max: 3, noNaN: true });
  fc.assert(fc.property(number, number, number, number, number, (centre, x, y, width, dt) => {
    const boxes = new BoxList();
    const velocity = { x, y, width, height: width };
    boxes.addMoved(found(centre, { velocity }), dt * 1000, 1);
    boxes.addBetween(found(centre), found(x), 0.5);
    boxes.add(found(y));
    for (let index = 0; index < boxes.length; index++) {
      const { xmin, ymin, xmax, ymax } = boxes.at(index);
      assert.ok(0 <= xmin && xmin < xmax && xmax <= 1);
      assert.ok(0 <= ymin && ymin < ymax && ymax <= 1);
    }
  }));
});

Deno.test("BoxList uses its boxes again", () => {
  const boxes = new BoxList();
  boxes.add(found(0.5));
  const first = boxes.at(0);
  boxes.clear();
  boxes.add(found(0.3));
  assert.equal(boxes.at(0), first);
  assert.deepEqual([boxes.length, first.xmin], [1, 0.3 - 0.1]);
});

Deno.test("iou() is 1 for the same box, 0 for boxes apart, and a third for half of each", () => {
  const [a, b, c] = [found(0.3).box, found(0.4).box, found(0.8).box];
  assert.deepEqual([iou(a, a), iou(a, c)], [1, 0]);
  assert.ok(near(iou(a, b), 1 / 3));
});
