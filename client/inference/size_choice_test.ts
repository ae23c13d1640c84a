import assert from "node:assert/strict";
import fc from "fast-check";
import { type SizeBounds, type SizeState, startSize, stepSize } from "./size_choice.ts";

const BOUNDS: SizeBounds = { shares: [1, 0.83, 0.62], least: 0 };
const INTERVAL_MS = 1000 / 30;

/** A computer on which the largest size takes `runMs` beside 4 ms of everything else. */
function live(state: SizeState, seconds: number, runMs: number, bounds = BOUNDS, fromMs = 0) {
  const levels = [state.level];
  let now = state;
  for (let second = 0; second < seconds; second++) {
    const ownMs = runMs * bounds.shares[now.level]!;
    now = stepSize(now, {
      nowMs: fromMs + second * 1000,
      intervalMs: INTERVAL_MS,
      costMs: ownMs + 4,
      runMs: ownMs,
    }, bounds);
    levels.push(now.level);
  }
  return { state: now, levels };
}

Deno.test("startSize() takes the largest size whose run leaves room, within the bounds", () => {
  assert.equal(startSize(15, INTERVAL_MS, BOUNDS).level, 0);
  assert.equal(startSize(24, INTERVAL_MS, BOUNDS).level, 1);
  assert.equal(startSize(200, INTERVAL_MS, BOUNDS).level, 2);
  assert.equal(startSize(1, INTERVAL_MS, { ...BOUNDS, least: 2 }).level, 2);
  assert.equal(startSize(500, INTERVAL_MS, { shares: [1], least: 0 }).level, 0);
});

Deno.test("stepSize() goes down to the size that keeps up, and not for one slow second", () => {
  const start = startSize(10, INTERVAL_MS, BOUNDS);
  const one = stepSize(start, { nowMs: 0, intervalMs: 33, costMs: 60, runMs: 50 }, BOUNDS);
  assert.equal(one.level, 0);
  const calm = { nowMs: 1000, intervalMs: 33, costMs: 20, runMs: 10 };
  assert.equal(stepSize(one, calm, BOUNDS).lateSinceMs, null);
  // 40 ms at the largest: 29 at the smallest, the first that fits.
  assert.equal(live(start, 10, 40).state.level, 2);
  assert.equal(live(start, 10, 200).state.level, 2);
});

Deno.test("stepSize() goes up again when there is room for long enough", () => {
  const low = live(startSize(10, INTERVAL_MS, BOUNDS), 10, 40).state;
  const { levels } = live(low, 30, 10, BOUNDS, 100_000);
  assert.deepEqual([...new Set(levels)], [2, 1, 0]);
  assert.ok(levels.indexOf(1) >= 5, "not at once");
});

Deno.test("stepSize() keeps to a profile's bound and comes back from it", () => {
  const start = startSize(10, INTERVAL_MS, BOUNDS);
  const low = { ...BOUNDS, least: 2 };
  assert.equal(live(start, 1, 10, low).state.level, 2);
  assert.equal(live(live(start, 1, 10, low).state, 30, 10).state.level, 0);
});

Deno.test("stepSize() decides nothing without figures", () => {
  const start = startSize(10, INTERVAL_MS, BOUNDS);
  const none = { nowMs: 9e9, intervalMs: 33, costMs: null, runMs: null };
  assert.equal(stepSize({ ...start, lateSinceMs: 0 }, none, BOUNDS).level, 0);
});

Deno.test("stepSize() settles, whatever the computer", () => {
  fc.assert(fc.property(fc.double({ min: 1, max: 300, noNaN: true }), (runMs) => {
    const { levels } = live(startSize(runMs * 0.7, INTERVAL_MS, BOUNDS), 600, runMs);
    const changes = levels.slice(100).filter((level, i, all) => i > 0 && level !== all[i - 1]);
    // Of one in doubt: up after ever longer times, and down again.
    assert.ok(changes.length <= 16, `${changes.length} changes at ${runMs} ms`);
    const last = levels.at(-1)!;
    const costMs = runMs * BOUNDS.shares[last]! + 4;
    assert.ok(last === 2 || costMs <= INTERVAL_MS * 1.05);
    if (last > 0) {
      assert.ok(runMs * BOUNDS.shares[last - 1]! + 4 > INTERVAL_MS * 0.8, "room is used");
    }
  }));
});
