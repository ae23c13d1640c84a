import assert from "node:assert/strict";
import type { FrameResult } from "../inference/worker_messages.ts";
import { FrameTotals } from "./frame_totals.ts";
import { countsOf, resultOf } from "./testing/frames.ts";

Deno.test("FrameTotals: adds up over detectors that each count from their own start", () => {
  const totals = new FrameTotals();
  totals.add(resultOf(0, 0, { counts: countsOf(10, 6, { superseded: 4 }) }));
  totals.add(resultOf(0, 0, { counts: countsOf(20, 12, { superseded: 7, error: 1 }) }));
  totals.add(resultOf(0, 0, { counts: countsOf(3, 2, { superseded: 1, expired: 2 }) }));
  assert.deepEqual(totals.totals, {
    received: 23,
    processed: 14,
    dropped: { superseded: 8, error: 1, expired: 2 },
  });
});

Deno.test("FrameTotals: after a reset only what is new counts", () => {
  const totals = new FrameTotals();
  totals.add(resultOf(0, 0, { counts: countsOf(10, 6, { superseded: 4 }) }));
  totals.reset();
  assert.deepEqual(totals.totals, { received: 0, processed: 0, dropped: {} });
  totals.add(resultOf(0, 0, { counts: countsOf(12, 7, { superseded: 5 }) }));
  assert.deepEqual(totals.totals, { received: 2, processed: 1, dropped: { superseded: 1 } });
});

Deno.test("FrameTotals: a detector that was kept warm adds nothing of what it had counted before", () => {
  const totals = new FrameTotals();
  const remote = {} as NonNullable<FrameResult["remote"]>;
  totals.add(resultOf(0, 0, { counts: countsOf(1010, 1000, { superseded: 10 }) }));
  totals.add(resultOf(0, 0, { counts: countsOf(5, 4, { late: 1 }), remote }));
  totals.add(resultOf(0, 0, { counts: countsOf(500, 450, { late: 50 }), remote }));
  totals.add(resultOf(0, 0, { counts: countsOf(1012, 1001, { superseded: 11 }) }));
  assert.deepEqual(totals.totals, {
    received: 1512,
    processed: 1451,
    dropped: { superseded: 11, late: 50 },
  });
});
