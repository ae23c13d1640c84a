import assert from "node:assert/strict";
import fc from "fast-check";
import { ServerClock } from "./server_clock.ts";

Deno.test("ServerClock.estimate() is of the sample with the shortest round trip", () => {
  const clock = new ServerClock();
  assert.equal(clock.estimate(0), null);
  const slow = clock.ping(1000);
  clock.pong(slow, 6100, 1200);
  assert.deepEqual(clock.estimate(1200), { offsetMs: 5000, errorMs: 100, roundTripMs: 200 });
  const fast = clock.ping(2000);
  clock.pong(fast, 7009, 2010);
  assert.deepEqual(clock.estimate(2010), { offsetMs: 5004, errorMs: 5, roundTripMs: 10 });
});

Deno.test("ServerClock ignores unknown and doubled answers, and forgets old ones", () => {
  const clock = new ServerClock();
  clock.pong(5, 100, 100);
  assert.equal(clock.estimate(100), null);
  const nonce = clock.ping(1000);
  clock.pong(nonce, 1010, 1020);
  clock.pong(nonce, 9999, 1021);
  assert.deepEqual(clock.estimate(1030)?.offsetMs, 0);
  assert.equal(clock.estimate(62_000), null);
});

Deno.test("ServerClock.estimate() is never more wrong than it says", () => {
  const delayMs = fc.double({ min: 0, max: 500, noNaN: true });
  fc.assert(fc.property(
    fc.integer({ min: -100_000, max: 100_000 }),
    fc.array(fc.tuple(delayMs, delayMs), { minLength: 1, maxLength: 20 }),
    (offsetMs, trips) => {
      const clock = new ServerClock();
      let nowMs = 1_000_000;
      for (const [thereMs, backMs] of trips) {
        const nonce = clock.ping(nowMs);
        clock.pong(nonce, nowMs + thereMs + offsetMs, nowMs + thereMs + backMs);
        nowMs += 1000;
      }
      const estimate = clock.estimate(nowMs)!;
      assert(Math.abs(estimate.offsetMs - offsetMs) <= estimate.errorMs + 1e-6);
    },
  ));
});
