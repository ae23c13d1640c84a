import assert from "node:assert/strict";
import { StageClock } from "./stage_clock.ts";

Deno.test("StageClock times each stage from the border before it", () => {
  let nowMs = 5;
  const clock = new StageClock<string>(() => nowMs);
  clock.start();
  nowMs = 7.00049;
  clock.end("jpegDecode");
  nowMs = 10;
  clock.end("letterbox");
  const first = clock.times();
  assert.deepEqual(first, { jpegDecode: 2, letterbox: 3 }, "none for what was not measured");
  clock.start();
  assert.deepEqual(clock.times(), {});
  assert.equal(first["letterbox"], 3);
});
