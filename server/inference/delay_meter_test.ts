import assert from "node:assert/strict";
import { DELAY_WINDOW_MS, DelayMeter } from "./delay_meter.ts";

Deno.test("DelayMeter.excessMs() is what a frame takes longer than the fastest, whatever the clocks say", () => {
  for (const clockErrorMs of [0, 86_400_000, -86_400_000]) {
    const meter = new DelayMeter();
    const excess = [30, 20, 320, 25].map((delayMs, at) =>
      meter.excessMs(delayMs + clockErrorMs, at * 33)
    );
    assert.deepEqual(excess, [0, 0, 300, 5]);
  }
});

Deno.test("DelayMeter.excessMs() gets used to a clock that was set", () => {
  const meter = new DelayMeter();
  let nowMs = 0;
  for (; nowMs < 5_000; nowMs += 33) assert.equal(meter.excessMs(20, nowMs), 0);
  const setAtMs = nowMs;
  assert.equal(meter.excessMs(9_020, nowMs), 9_000);
  while (meter.excessMs(9_020, nowMs) > 0) nowMs += 33;
  const usedToMs = nowMs - setAtMs;
  assert.ok(usedToMs > DELAY_WINDOW_MS / 2 && usedToMs <= 2 * DELAY_WINDOW_MS + 66, `${usedToMs}`);
});

Deno.test("DelayMeter.excessMs() begins anew after a pause", () => {
  const meter = new DelayMeter();
  meter.excessMs(20, 0);
  assert.equal(meter.excessMs(400, 60_000), 0);
});

Deno.test("DelayMeter.clear() lets delays of another kind begin with no excess", () => {
  const meter = new DelayMeter();
  assert.deepEqual([meter.excessMs(20, 0), meter.excessMs(470, 33)], [0, 450]);
  meter.clear();
  assert.deepEqual([meter.excessMs(470, 66), meter.excessMs(480, 99)], [0, 10]);
});
