import assert from "node:assert/strict";
import fc from "fast-check";
import { askedAt, LOOK_MS, lookAgain } from "./silence.ts";

/** The silence after looks that are so far apart. */
function after(gapsMs: readonly number[]) {
  let nowMs = 0;
  return gapsMs.reduce((silence, gapMs) => lookAgain(silence, nowMs += gapMs), askedAt(nowMs));
}

const promptMs = fc.integer({ min: LOOK_MS, max: 2 * LOOK_MS - 1 });
const sum = (gapsMs: readonly number[]) => gapsMs.reduce((sum, gapMs) => sum + gapMs, 0);

Deno.test("lookAgain() counts all the time of a page that looks in time", () => {
  fc.assert(fc.property(fc.array(promptMs), (gapsMs) => {
    assert.equal(after(gapsMs).silentMs, sum(gapsMs));
  }));
});

Deno.test("lookAgain() counts nothing of the time in which a page slept, however often", () => {
  const slept = fc.tuple(promptMs, fc.integer({ min: 2 * LOOK_MS, max: 3_600_000 }));
  fc.assert(fc.property(fc.array(slept), (pairs) => {
    const awakeMs = sum(pairs.map(([awakeMs]) => awakeMs));
    assert.equal(after(pairs.flat()).silentMs, awakeMs);
  }));
});

Deno.test("lookAgain() misses one look at the most where timers are slow", () => {
  const pace = fc.integer({ min: LOOK_MS, max: 60_000 });
  fc.assert(fc.property(pace, fc.integer({ min: 1, max: 100 }), (paceMs, looks) => {
    assert.ok(after(Array(looks).fill(paceMs)).silentMs >= paceMs * (looks - 1));
  }));
});
