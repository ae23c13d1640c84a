import assert from "node:assert/strict";
import { FrameTotals } from "./frame_totals.ts";
import { countsOf } from "./testing/frames.ts";

Deno.test("FrameTotals: adds up over detectors that each count from their own start", () => {
  const totals = new FrameTotals();
  totals.add(countsOf(10, 6, { superseded: 4 }));
  totals.add(countsOf(20, 12, { superseded: 7, error: 1 }));
  totals.add(countsOf(3, 2, { superseded: 1, expired: 2 }));
  assert.deepEqual(totals.totals, {
    received: 23,
    processed: 14,
    dropped: { superseded: 8, error: 1, expired: 2 },
  });
});

Deno.test("FrameTotals: after a reset only what is new counts", () => {
  const totals = new FrameTotals();
  totals.add(countsOf(10, 6, { superseded: 4 }));
  totals.reset();
  assert.deepEqual(totals.totals, { received: 0, processed: 0, dropped: {} });
  totals.add(countsOf(12, 7, { superseded: 5 }));
  assert.deepEqual(totals.totals, { received: 2, processed: 1, dropped: { superseded: 1 } });
});
