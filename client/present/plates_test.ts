import assert from "node:assert/strict";
import fc from "fast-check";
import { PlateTrial, TRIED_FRAMES } from "./plates.ts";

/** Paints so many frames, which take `framesMs` or `platesMs` each and now and then wait; says how many had plates. */
function paint(
  trial: PlateTrial,
  { count, framesMs, platesMs, waitMs = () => 0 }: {
    count: number;
    framesMs: number;
    platesMs: number;
    waitMs?: () => number;
  },
): number {
  let plates = 0;
  for (let index = 0; index < count; index++) {
    const isPlate = trial.wants();
    if (isPlate) plates += 1;
    trial.took(isPlate, (isPlate ? platesMs : framesMs) + waitMs());
  }
  return plates;
}

Deno.test("PlateTrial tries both ways alike, then keeps to the quicker one", () => {
  const quick = fc.double({ min: 0.1, max: 20, noNaN: true });
  fc.assert(fc.property(quick, quick, (framesMs, platesMs) => {
    const trial = new PlateTrial();
    assert.equal(paint(trial, { count: 2 * TRIED_FRAMES, framesMs, platesMs }), TRIED_FRAMES);
    const after = paint(trial, { count: 20, framesMs, platesMs });
    assert.equal(after, platesMs < framesMs ? 20 : 0);
  }));
});

Deno.test("PlateTrial is not misled by frames that waited for the processor", () => {
  const trial = new PlateTrial();
  let index = 0;
  // Of plates, all but one wait.
  const waitMs = () => index++ % 2 === 1 && index !== 4 ? 30 : 0;
  paint(trial, { count: 2 * TRIED_FRAMES, framesMs: 5, platesMs: 1.5, waitMs });
  assert.equal(trial.wants(), true);
});

Deno.test("PlateTrial keeps to frames where plates cannot be made", () => {
  const trial = new PlateTrial();
  trial.wants();
  trial.fail();
  assert.equal(paint(trial, { count: 40, framesMs: 5, platesMs: 1 }), 0);
});
