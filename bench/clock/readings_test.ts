import assert from "node:assert/strict";
import { BLOCK_PX, clockBits, drawnMs, ROUND_MS } from "./drawn_clock.ts";
import { clockErrors, type Readings, rungErrors } from "./readings.ts";
import { aheadAt } from "./shifted_clock.ts";

const START_MS = 1.7e12;
const grey = (bits: boolean[]) => (x: number) => bits[Math.floor(x / BLOCK_PX)] ? 200 : 50;

Deno.test("drawnMs() reads what clockBits() drew, to a quarter of a millisecond", () => {
  for (const timeMs of [0, 1.25, 12_345.6, START_MS + 777.7]) {
    const off = drawnMs(grey(clockBits(timeMs))) - (timeMs % ROUND_MS);
    assert(Math.abs(off) <= 0.126, `${off}`);
  }
});

/** The phone is 1 s ahead; a frame drawn at `drawnAtMs` of the viewer's clock. */
function readings(drawnAtMs: number, captureMs: number): Readings {
  return {
    log: [],
    pings: [
      { atMs: drawnAtMs - 100, roundTripMs: 30, offsetMs: 1014 },
      { atMs: drawnAtMs + 100, roundTripMs: 0.4, offsetMs: 1000 },
      { atMs: drawnAtMs + 9000, roundTripMs: 0.1, offsetMs: 77 },
    ],
    samples: [{
      atMs: drawnAtMs + 50,
      rtpTimestamp: 1,
      drawnMs: (drawnAtMs + 1000) % ROUND_MS,
      capture: { timeMs: captureMs, clock: "captureTime", errorMs: 4 },
      receiveTimeMs: drawnAtMs + 20,
      clock: { offsetMs: 1003, errorMs: 5, roundTripMs: 2, driftPpm: null },
    }],
  };
}

Deno.test("rungErrors() is later minus drawn, by the fastest ping near the frame, also over the round", () => {
  const roundMs = Math.ceil(START_MS / ROUND_MS) * ROUND_MS - 1000;
  for (const drawnAtMs of [START_MS, roundMs, roundMs + 1]) {
    const [capture, receive] = rungErrors(readings(drawnAtMs, drawnAtMs - 3));
    assert(Math.abs(capture!.errorMs + 3) < 0.01, `${capture!.errorMs}`);
    assert.deepEqual([capture!.rung, capture!.boundMs], ["captureTime", 4]);
    assert(Math.abs(receive!.errorMs - 20) < 0.01);
  }
});

Deno.test("clockErrors() takes out what the page's clock was shifted by", () => {
  const shift = { aheadMs: 1700, driftPpm: 50, fromMs: START_MS };
  assert(Math.abs(aheadAt(shift, START_MS + 20_000) - 1701) < 1e-6);
  const [error] = clockErrors(readings(START_MS, START_MS), () => 2);
  assert(Math.abs(error!.errorMs - 1) < 0.01);
  assert.deepEqual([error!.boundMs, error!.referenceErrorMs], [5, 0.2]);
});
