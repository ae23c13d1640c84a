import assert from "node:assert/strict";
import { FramePace } from "./frame_pace.ts";

Deno.test("FramePace.waitMs() keeps frames apart, holds the rate over late timers, and stops", () => {
  const pace = new FramePace();
  assert.equal(pace.waitMs(0), 0);
  pace.set(100);
  pace.taken(1000);
  assert.equal(pace.waitMs(1040), 60);
  assert.equal(pace.waitMs(1110), 0);
  pace.taken(1110);
  assert.equal(pace.waitMs(1110), 90, "the 10 ms that the timer was late are made good");
  pace.taken(1800);
  assert.equal(pace.waitMs(1800), 100, "but a long gap is not followed by a burst");
  pace.set(null);
  assert.equal(pace.waitMs(9999), null);
  pace.set(0);
  assert.equal(pace.waitMs(9999), 0);
});
