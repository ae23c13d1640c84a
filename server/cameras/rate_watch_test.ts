import assert from "node:assert/strict";
import { RateWatch, WATCH_MS } from "./rate_watch.ts";

/** What it says over so many seconds of a source with this rate. */
function watched(fps: number, assumedFps: number, seconds = 10): number[] {
  const watch = new RateWatch();
  const said: number[] = [];
  let assumed = assumedFps;
  for (let n = 0; n < fps * seconds; n++) {
    const other = watch.frame(n * 1000 / fps, assumed);
    if (other === null) continue;
    said.push(Math.round(other));
    assumed = other;
  }
  return said;
}

Deno.test("RateWatch notices another rate once, and no small difference", () => {
  assert.deepEqual(watched(30, 30), []);
  assert.deepEqual(watched(25, 30), []);
  assert.deepEqual(watched(10, 30), [10]);
  assert.deepEqual(watched(60, 25), [60]);
  assert.deepEqual(watched(2, 30), [2]);
});

Deno.test("RateWatch begins again with its source", () => {
  const watch = new RateWatch();
  watch.frame(0, 30);
  watch.clear();
  assert.equal(watch.frame(10 * WATCH_MS, 30), null);
});
