import assert from "node:assert/strict";
import { SlidingWindow } from "./sliding_window.ts";

Deno.test("SlidingWindow.sumPerSecond() counts within the window only", () => {
  const window = new SlidingWindow(1000);
  assert.equal(window.sumPerSecond(0), null);
  for (let atMs = 0; atMs <= 5000; atMs += 100) window.add(atMs, 1);
  assert.equal(window.sumPerSecond(5000), 10);
  assert.equal(window.sumPerSecond(5500), 5);
  assert.equal(window.sumPerSecond(9000), 0);
  window.add(9000, 7);
  assert.equal(window.sumPerSecond(9000), 7);
  assert.equal(window.countPerSecond(9000), 1);
});

Deno.test("SlidingWindow has no rate at once, and from the first half second on the true one", () => {
  const window = new SlidingWindow(2000);
  for (let atMs = 0; atMs < 5000; atMs += 100) {
    window.add(atMs, 3);
    const expected = atMs < 500 ? null : 10;
    assert.equal(window.countPerSecond(atMs), expected);
    assert.equal(window.sumPerSecond(atMs), expected && 30);
  }
});

Deno.test("SlidingWindow.median() is null without values, and clear() starts anew", () => {
  const window = new SlidingWindow(1000);
  assert.equal(window.median(0), null);
  for (const [atMs, value] of [[0, 100], [600, 3], [700, 1], [800, 2]] as const) {
    window.add(atMs, value);
  }
  assert.equal(window.median(1100), 2);
  window.clear();
  assert.equal(window.median(1100), null);
  assert.equal(window.sumPerSecond(1100), null);
});
