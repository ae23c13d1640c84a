import assert from "node:assert/strict";
import fc from "fast-check";
import { JPEG_QUALITY } from "./effort.ts";
import { type QualityState, startQuality, stepQuality } from "./jpeg_quality.ts";

const BOUNDS = JPEG_QUALITY.balanced;

function run(roundTripMs: number, steps: number, from = startQuality(BOUNDS)): QualityState {
  let state = from;
  for (let step = 0; step < steps; step++) {
    state = stepQuality(state, { roundTripMs, targetMs: 100 }, BOUNDS);
  }
  return state;
}

Deno.test("stepQuality() goes down on a slow network and up on a fast one, as far as the profile allows", () => {
  assert.equal(run(300, 40).quality, BOUNDS.min);
  assert.equal(run(20, 80).quality, BOUNDS.max);
});

Deno.test("stepQuality() goes down sooner than up, and not for one slow moment", () => {
  const start = startQuality(BOUNDS);
  assert.equal(run(300, 1, start).quality, run(300, 0, start).quality);
  assert(run(300, 2, start).quality < start.quality);
  assert(run(20, 3, start).quality <= start.quality + 0.005);
  assert(run(20, 4, start).quality > start.quality);
});

Deno.test("stepQuality() leaves a round trip near its target alone", () => {
  const { quality } = run(100, 1);
  assert.equal(run(100, 50).quality, quality);
  assert.equal(run(118, 50).quality, quality);
  assert.equal(run(82, 50).quality, quality);
});

Deno.test("stepQuality() follows new bounds at once, also without a measurement", () => {
  assert.equal(stepQuality({ quality: 0.7, streak: 0 }, null, JPEG_QUALITY.high).quality, 0.75);
  assert.equal(stepQuality({ quality: 0.7, streak: 0 }, null, JPEG_QUALITY.low).quality, 0.6);
});

Deno.test("stepQuality() never leaves the bounds", () => {
  fc.assert(fc.property(
    fc.array(fc.double({ min: 0, max: 5000, noNaN: true }), { maxLength: 60 }),
    fc.constantFrom(...Object.values(JPEG_QUALITY)),
    (trips, bounds) => {
      let state = startQuality(bounds);
      for (const roundTripMs of trips) {
        state = stepQuality(state, { roundTripMs, targetMs: 100 }, bounds);
        assert(state.quality >= bounds.min && state.quality <= bounds.max);
      }
    },
  ));
});
