import assert from "node:assert/strict";
import fc from "fast-check";
import { type Bucket, takeToken } from "./rate.ts";

const RATE = { perSecond: 2, burst: 3 };

Deno.test("takeToken() allows a burst, then says how long to wait", () => {
  let bucket: Bucket = null;
  const waits = [0, 0, 0, 0].map(() => {
    const taken = takeToken(bucket, RATE, 0);
    bucket = taken.bucket;
    return taken.waitMs;
  });
  assert.deepEqual(waits, [0, 0, 0, 500]);
  assert.equal(takeToken(bucket, RATE, 499).waitMs > 0, true);
  assert.equal(takeToken(bucket, RATE, 500).waitMs, 0);
});

Deno.test("takeToken() never lets more through than burst and rate allow", () => {
  fc.assert(fc.property(fc.array(fc.nat(400), { maxLength: 200 }), (gapsMs) => {
    let bucket: Bucket = null;
    let nowMs = 0;
    let passed = 0;
    for (const gapMs of gapsMs) {
      nowMs += gapMs;
      const taken = takeToken(bucket, RATE, nowMs);
      bucket = taken.bucket;
      if (taken.waitMs === 0) passed++;
    }
    assert.ok(passed <= RATE.burst + nowMs / 1000 * RATE.perSecond + 1e-6);
  }));
});

Deno.test("takeToken() of a clock that goes back gives nothing", () => {
  const { bucket } = takeToken({ tokens: 0, atMs: 1_000 }, RATE, 0);
  assert.equal(takeToken(bucket, RATE, 1_000).waitMs, 500);
});
