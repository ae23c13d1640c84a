import assert from "node:assert/strict";
import { chooseLayout, LaneNeed, layouts, toTrial } from "./calibration.ts";

const trial = (sessions: number, threads: number, loneRunMs: number, runsPerSecond: number) => ({
  sessions,
  threads,
  loneRunMs,
  runsPerSecond,
});

Deno.test("layouts() spreads the threads from one session to one thread each", () => {
  assert.deepEqual(layouts(1), [{ sessions: 1, threads: 1 }]);
  assert.deepEqual(layouts(2), [{ sessions: 1, threads: 2 }, { sessions: 2, threads: 1 }]);
  assert.deepEqual(layouts(6).map(({ sessions, threads }) => [sessions, threads]), [
    [1, 6],
    [2, 3],
    [4, 1],
  ]);
  assert.equal(layouts(64).at(-1)?.sessions, 8);
});

Deno.test("chooseLayout() takes most frames a second where a single viewer loses little", () => {
  assert.equal(chooseLayout([trial(1, 2, 3, 330), trial(2, 1, 5, 390)]).sessions, 2);
  assert.equal(chooseLayout([trial(1, 8, 20, 50), trial(8, 1, 90, 80)]).sessions, 1);
  // What is within the measurement's error is no reason for another session.
  assert.equal(chooseLayout([trial(1, 2, 3, 330), trial(2, 1, 5, 340)]).sessions, 1);
});

Deno.test("toTrial() takes the median alone and the sum together", () => {
  assert.deepEqual(
    toTrial({ sessions: 2, threads: 1 }, [9, 5, 6], [[10, 10], [5, 5]]),
    trial(2, 1, 6, 300),
  );
});

Deno.test("LaneNeed.isPressing() after a second in which ten frames and more had to wait", () => {
  const need = new LaneNeed();
  assert.equal(need.isPressing(50, 0), false, "the first second has only begun");
  assert.equal(need.isPressing(60, 900), false);
  assert.equal(need.isPressing(60, 1_000), true);
  assert.equal(need.isPressing(69, 2_000), false);
  assert.equal(need.isPressing(79, 2_900), false);
  assert.equal(need.isPressing(79, 3_000), true);
});
