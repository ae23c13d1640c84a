import assert from "node:assert/strict";
import { MAX_CAPTURE_PAIRS } from "@/protocol";
import { BATCH_MS, PairBatch } from "./pair_batch.ts";

Deno.test("PairBatch hands over what came in a tenth of a second, each pair once", () => {
  const batch = new PairBatch();
  const handed = Array.from({ length: 30 }, (_, index) => batch.add([index, index * 33]))
    .filter((pairs) => pairs !== null);
  assert(handed.every((pairs) => pairs.at(-1)![1] - pairs[0]![1] >= BATCH_MS));
  const rtps = handed.flat().map(([rtp]) => rtp);
  assert.deepEqual(rtps, Array.from({ length: rtps.length }, (_, index) => index));
  assert(rtps.length >= 27);
});

Deno.test("PairBatch never holds more than one message takes", () => {
  const batch = new PairBatch();
  for (let index = 1; index < 1000; index++) {
    const pairs = batch.add([index, 0]);
    assert.equal(pairs?.length ?? MAX_CAPTURE_PAIRS, MAX_CAPTURE_PAIRS);
  }
});
