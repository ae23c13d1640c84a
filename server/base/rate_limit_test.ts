import assert from "node:assert/strict";
import fc from "fast-check";
import { type Bucket, KeyedLimiter, take } from "./rate_limit.ts";

const RATE = { perSecond: 2, burst: 3 };

Deno.test("take() allows a burst, then says how long to wait", () => {
  let bucket: Bucket = null;
  const waits = [0, 0, 0, 0].map(() => {
    const taken = take(bucket, RATE, 0);
    bucket = taken.bucket;
    return taken.waitMs;
  });
  assert.deepEqual(waits, [0, 0, 0, 500]);
  assert.equal(take(bucket, RATE, 499).waitMs > 0, true);
  assert.equal(take(bucket, RATE, 500).waitMs, 0);
});

Deno.test("take() never lets more through than burst and rate allow", () => {
  fc.assert(fc.property(fc.array(fc.nat(400), { maxLength: 200 }), (gapsMs) => {
    let bucket: Bucket = null;
    let nowMs = 0;
    let passed = 0;
    for (const gapMs of gapsMs) {
      nowMs += gapMs;
      const taken = take(bucket, RATE, nowMs);
      bucket = taken.bucket;
      if (taken.waitMs === 0) passed++;
    }
    assert.ok(passed <= RATE.burst + nowMs / 1000 * RATE.perSecond + 1e-6);
  }));
});

Deno.test("KeyedLimiter keeps keys apart and forgets the oldest past its bound", () => {
  const limiter = new KeyedLimiter({ perSecond: 1, burst: 1 }, 2);
  assert.equal(limiter.take("a", 0), 0);
  assert.equal(limiter.take("a", 0), 1000);
  assert.equal(limiter.take("b", 0), 0);
  assert.equal(limiter.take("c", 0), 0);
  assert.equal(limiter.size, 2);
  assert.equal(limiter.peek("a", 0), 0);
  limiter.sweep(1000);
  assert.equal(limiter.size, 0);
});
