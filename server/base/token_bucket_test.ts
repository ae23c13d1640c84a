import assert from "node:assert/strict";
import { TokenBucket } from "./token_bucket.ts";

Deno.test("TokenBucket.take() lets a burst through, then keeps to the rate", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 });
  const taken = (atMs: number, times: number) =>
    Array.from({ length: times }, () => bucket.take(atMs)).filter(Boolean).length;
  assert.equal(taken(1000, 9), 3);
  assert.equal(taken(1099, 1), 0);
  assert.equal(taken(1100, 2), 1);
  assert.equal(taken(61_100, 9), 3);
  // A clock that goes back gives nothing and takes nothing.
  assert.equal(taken(0, 1), 0);
  assert.equal(taken(61_200, 2), 1);
});
