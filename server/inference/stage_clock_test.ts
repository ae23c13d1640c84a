import assert from "node:assert/strict";
import { ServerStageClock } from "./stage_clock.ts";

Deno.test("ServerStageClock times each stage from the border before it", () => {
  let nowMs = 5;
  const clock = new ServerStageClock(() => nowMs);
  clock.start();
  nowMs = 7.00049;
  clock.end("jpegDecode");
  nowMs = 10;
  clock.end("letterbox");
  const first = clock.times();
  assert.deepEqual(Object.keys(first), ["jpegDecode", "letterbox", "run", "decode", "nms", "post"]);
  assert.deepEqual([first.jpegDecode, first.letterbox, first.run], [2, 3, 0]);
  clock.start();
  assert.equal(clock.times().letterbox, 0);
  assert.equal(first.letterbox, 3);
});
