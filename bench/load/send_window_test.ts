import assert from "node:assert/strict";
import { SendWindow } from "./send_window.ts";

Deno.test("SendWindow lets as many frames leave as it has slots; the newest waits", () => {
  const window = new SendWindow<string>(2, 1000);
  for (const [at, frame] of ["a", "b"].entries()) {
    window.offer(frame);
    assert.equal(window.take(at, 0), frame);
  }
  window.offer("c");
  assert.equal(window.take(2, 1), null);
  window.offer("d");
  assert.equal(window.replaced, 1);
  assert.deepEqual(window.settle(0), { frame: "a", sentAtMs: 0 });
  assert.equal(window.take(2, 2), "d");
  assert.equal(window.take(3, 2), null);
});

Deno.test("SendWindow frees a slot that gets no answer, once, and takes no answer after it", () => {
  const window = new SendWindow<string>(1, 1000);
  window.offer("a");
  window.take(0, 100);
  window.expire(1099);
  assert.equal(window.hasRoom, false);
  window.expire(1100);
  assert.equal(window.hasRoom, true);
  assert.equal(window.lost, 1);
  assert.equal(window.settle(0), null);
});
