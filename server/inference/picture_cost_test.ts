import assert from "node:assert/strict";
import { MAX_PICTURE_SIDE_PX, MAX_SCANS, maxSidePxOf, scansIn } from "./picture_cost.ts";
import { gradient } from "./testing/test_child.ts";

Deno.test("scansIn() counts no less than there are, wherever they begin", () => {
  assert.equal(scansIn(gradient(64, 48).jpeg), 1);
  assert.equal(scansIn(Uint8Array.of(0xff, 0xd8, 0xff, 0xda, 0, 0xff, 0xff, 0xda, 1, 0xff)), 2);
  assert.equal(scansIn(new Uint8Array(0)), 0);
});

Deno.test("maxSidePxOf() lets a picture be the smaller the more scans it has", () => {
  assert.equal(maxSidePxOf(1), MAX_PICTURE_SIDE_PX);
  assert.equal(maxSidePxOf(MAX_SCANS + 1), null);
  // A camera's progressive picture of 1600 × 1200 in ten scans is taken.
  assert.ok(maxSidePxOf(10)! >= 1600 && maxSidePxOf(MAX_SCANS)! < 1600);
});
