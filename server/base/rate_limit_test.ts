import assert from "node:assert/strict";
import { KeyedLimiter } from "./rate_limit.ts";

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
