import assert from "node:assert/strict";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { ClockPulse, QUICK_MS, QUICK_PINGS } from "./clock_pulse.ts";

function setup() {
  const timers = new FakeTimers();
  const nonces: number[] = [];
  let beats = 0;
  const pulse = new ClockPulse({
    timers,
    epochMs: () => 1_000_000 + timers.nowMs(),
    sendPing: (nonce) => nonces.push(nonce),
    beatMs: 2_000,
    onBeat: () => beats++,
  });
  const answer = (aheadMs: number) =>
    pulse.pong(nonces.at(-1)!, 1_000_000 + timers.nowMs() + aheadMs);
  return { timers, nonces, pulse, answer, beats: () => beats };
}

Deno.test("ClockPulse pings quickly at first, then at each beat, and leaves no timer", async () => {
  const { timers, nonces, pulse, beats } = setup();
  pulse.start();
  assert.equal(nonces.length, 1);
  await timers.advance(QUICK_MS * QUICK_PINGS);
  assert.equal(nonces.length, QUICK_PINGS);
  await timers.advance(2_000 * 4 - QUICK_MS * QUICK_PINGS);
  assert.deepEqual([nonces.length, beats()], [QUICK_PINGS + 4, 4]);
  assert.equal(new Set(nonces).size, nonces.length);
  pulse.stop();
  assert.equal(timers.pending, 0);
});

Deno.test("ClockPulse keeps the clock over a lost channel, and forgets it when told", async () => {
  const { timers, pulse, answer } = setup();
  assert.equal(pulse.clock, null);
  pulse.start();
  answer(700);
  assert(Math.abs(pulse.clock!.offsetMs - 700) < 0.2);
  pulse.stop();
  await timers.advance(10_000);
  pulse.start();
  assert(Math.abs(pulse.clock!.offsetMs - 700) < 0.2);
  pulse.clear();
  assert.equal(pulse.clock, null);
  pulse.stop();
});
