import assert from "node:assert/strict";
import { LOAD_LEVELS, type LoadLevel, type LoadState, startLoad, stepLoad } from "./load_level.ts";

/** Runs a trace of one sample a second and answers the levels that it went through. */
function run(
  trace: readonly [seconds: number, ageMs: number | null, rateFps: number | null][],
  from: LoadState = startLoad(0),
): { levels: LoadLevel[]; state: LoadState; endMs: number } {
  let state = from;
  let nowMs = from.sinceMs;
  const levels: LoadLevel[] = [state.level];
  for (const [seconds, ageMs, rateFps] of trace) {
    for (let second = 0; second < seconds; second++) {
      nowMs += 1000;
      state = stepLoad(state, { nowMs, ageMs, rateFps });
      if (state.level !== levels.at(-1)) levels.push(state.level);
    }
  }
  return { levels, state, endMs: nowMs };
}

Deno.test("stepLoad() enters each level as frames grow older, and leaves each as they are young again", () => {
  const { levels, state } = run([[5, 60, 25], [10, 500, 25], [10, 1200, 25], [4, 3000, 25]]);
  assert.deepEqual(levels, ["full", "reduced", "latest-only", "paused"]);
  assert.deepEqual(state.reason, { kind: "age", ageMs: 3000 });
  const back = run([[60, 60, 25]], state);
  assert.deepEqual(back.levels, ["paused", "latest-only", "reduced", "full"]);
  assert.equal(back.state.reason, null);
});

Deno.test("stepLoad() enters each level as processing slows down, and leaves each as it is fast again", () => {
  const { levels, state } = run([[5, 100, 6], [5, 100, 2], [5, 100, 0.5]]);
  assert.deepEqual(levels, ["full", "reduced", "latest-only", "paused"]);
  assert.equal(state.reason?.kind, "rate");
  assert.deepEqual(run([[60, 100, 30]], state).levels, [
    "paused",
    "latest-only",
    "reduced",
    "full",
  ]);
});

Deno.test("stepLoad() never skips a level", () => {
  const { levels } = run([[30, 9000, 0.1]]);
  assert.deepEqual(levels.slice(0, 4), [...LOAD_LEVELS]);
});

Deno.test("stepLoad() does nothing for a short burst, for no news, or between its two limits", () => {
  assert.deepEqual(run([[5, 60, 25], [2, 3000, 0.2], [20, 60, 25]]).levels, ["full"]);
  assert.deepEqual(run([[60, null, null]]).levels, ["full"]);
  const reduced = run([[5, 500, 25]]).state;
  assert.deepEqual(run([[60, null, null]], reduced).levels, ["reduced"]);
  assert.deepEqual(run([[60, 250, 10]], reduced).levels, ["reduced"], "better, but not by enough");
});

Deno.test("stepLoad() waits longer before each new try when a level does not hold", () => {
  let { state, endMs } = run([[5, 500, 25]]);
  const waits: number[] = [];
  for (let round = 0; round < 3; round++) {
    const fromMs = endMs;
    while (state.level === "reduced") {
      endMs += 1000;
      state = stepLoad(state, { nowMs: endMs, ageMs: 100, rateFps: 25 });
    }
    waits.push(endMs - fromMs);
    while (state.level === "full") {
      endMs += 1000;
      state = stepLoad(state, { nowMs: endMs, ageMs: 500, rateFps: 25 });
    }
  }
  assert(waits[1]! > waits[0]! && waits[2]! > waits[1]!, `${waits}`);
});

Deno.test("stepLoad() tries again from paused, where nothing can be measured", () => {
  const { state } = run([[12, 9000, 0.1]]);
  assert.equal(state.level, "paused");
  assert.deepEqual(run([[4, null, null]], state).levels, ["paused", "latest-only"]);
});
