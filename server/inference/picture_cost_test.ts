import assert from "node:assert/strict";
import {
  MAX_PICTURE_SIDE_PX,
  MAX_SCANS,
  MAX_WEBP_SIDE_PX,
  maxSidePxFor,
  maxSidePxOf,
  scansIn,
} from "./picture_cost.ts";
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

Deno.test("maxSidePxFor() knows a WebP, and looks for scans in nothing but JPEG", () => {
  assert.equal(maxSidePxFor(new TextEncoder().encode("RIFF    WEBPVP8 ")), MAX_WEBP_SIDE_PX);
  assert.equal(maxSidePxFor(gradient(64, 48).jpeg), MAX_PICTURE_SIDE_PX);
  const scans = Array(MAX_SCANS + 1).fill([0xff, 0xda]).flat();
  assert.equal(maxSidePxFor(Uint8Array.of(0xff, 0xd8, ...scans)), null);
  assert.equal(maxSidePxFor(Uint8Array.of(0x89, 0x50, ...scans)), MAX_PICTURE_SIDE_PX);
});
