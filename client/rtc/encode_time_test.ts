import assert from "node:assert/strict";
import { encodeTotals, meanEncodeMs } from "./encode_time.ts";

const report = (...stats: unknown[]) => new Map(stats.entries()) as unknown as RTCStatsReport;

Deno.test("encodeTotals() sums up what is sent, and knows when nothing is counted", () => {
  const sent = { type: "outbound-rtp", framesEncoded: 10, totalEncodeTime: 0.05 };
  assert.deepEqual(encodeTotals(report({ type: "codec" }, sent, sent)), {
    frames: 20,
    encodeS: 0.1,
  });
  assert.equal(encodeTotals(report()), null);
  assert.equal(encodeTotals(report({ type: "outbound-rtp", framesEncoded: 10 })), null);
});

Deno.test("meanEncodeMs() is of the frames in between", () => {
  assert.equal(meanEncodeMs({ frames: 10, encodeS: 1 }, { frames: 20, encodeS: 1.05 })! | 0, 5);
  assert.equal(meanEncodeMs({ frames: 10, encodeS: 1 }, { frames: 10, encodeS: 1 }), null);
  assert.equal(meanEncodeMs({ frames: 10, encodeS: 1 }, { frames: 20, encodeS: 0.1 }), null);
});
