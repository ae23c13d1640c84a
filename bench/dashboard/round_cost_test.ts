import assert from "node:assert/strict";
import { costOf, verdictOf } from "./round_cost.ts";

/** Rounds in which the charts add so many points to a viewer that takes 100 % without them. */
function rounds(...added: readonly number[]) {
  return added.map((points) => ({
    shut: { page: 20, all: 100 },
    open: { page: 20 + points, all: 100 },
  }));
}

Deno.test("costOf() is the mean of what the charts add, with the error of that mean", () => {
  const { viewerPercent, chartsPoints, errorPoints, chartsPercent } = costOf(rounds(1, 2, 3));
  assert.equal(viewerPercent, 100);
  assert.ok(Math.abs(chartsPoints - 2) < 1e-9 && Math.abs(chartsPercent - 2) < 1e-9);
  // Standard deviation 1, of three.
  assert.ok(Math.abs(errorPoints - 2 / Math.sqrt(3)) < 1e-9);
  assert.throws(() => costOf(rounds(1)), RangeError);
});

Deno.test("verdictOf() says nothing when the rounds differ by too much", () => {
  assert.equal(verdictOf(costOf(rounds(1, 1.1, 0.9, 1)), 2), "met");
  assert.equal(verdictOf(costOf(rounds(4, 4.1, 3.9, 4)), 2), "missed");
  assert.equal(verdictOf(costOf(rounds(-3, 4, -2, 5)), 2), "unclear");
});
