import assert from "node:assert/strict";
import fc from "fast-check";
import {
  backoffMs,
  EARLY_MS,
  EARLY_PAUSES,
  LATE_PAUSES,
  reconnectDelayMs,
  RETRY_AFTER_CAP_MS,
} from "./backoff.ts";

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

Deno.test("reconnectDelayMs() stays within 2 s in the first minute and 15 s later", () => {
  fc.assert(fc.property(
    fc.nat(10_000),
    fc.nat(10_000_000),
    random,
    (attempt, lostForMs, random) => {
      const delayMs = reconnectDelayMs({ attempt, lostForMs, random });
      assert(delayMs > 0);
      assert(delayMs <= (lostForMs < EARLY_MS ? EARLY_PAUSES.longest : LATE_PAUSES.longest));
    },
  ));
});

Deno.test("reconnectDelayMs() grows from a quarter of a second", () => {
  const at = (attempt: number) => reconnectDelayMs({ attempt, lostForMs: 0, random: 0.99 });
  assert(at(0) <= 250);
  assert(at(0) < at(1) && at(1) < at(2) && at(2) < at(3));
  assert.equal(at(3), at(9));
});

Deno.test("reconnectDelayMs() spreads peers that lost the same server", () => {
  const delays = [0, 0.5, 0.99].map((random) =>
    reconnectDelayMs({ attempt: 5, lostForMs: 0, random })
  );
  assert.equal(new Set(delays).size, 3);
});

Deno.test("reconnectDelayMs() honours the server's wish within reason", () => {
  const input = { attempt: 0, lostForMs: 0, random: 0 };
  assert.equal(reconnectDelayMs({ ...input, retryAfterMs: 9_000 }), 9_000);
  assert.equal(reconnectDelayMs({ ...input, retryAfterMs: 1e12 }), RETRY_AFTER_CAP_MS);
  assert(reconnectDelayMs({ ...input, retryAfterMs: -5 }) > 0);
});

Deno.test("backoffMs() doubles from the first pause to the longest", () => {
  const pauses = { first: 100, longest: 1_000 };
  const waits = [0, 1, 2, 3, 4, 1e6].map((failures) => backoffMs(pauses, failures));
  assert.deepEqual(waits, [100, 200, 400, 800, 1_000, 1_000]);
  assert.equal(backoffMs(pauses, 2, 0), 200);
});
