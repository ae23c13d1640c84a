import assert from "node:assert/strict";
import type { CaptureTime } from "../time/capture_time.ts";
import { SampleLog } from "./sample_log.ts";
import { resultOf, shownOf } from "./testing/frames.ts";

const END_TO_END: CaptureTime = { timeMs: 980, clock: "captureTime", errorMs: 4 };

Deno.test("SampleLog: the first frame that shows a result makes its sample, later ones none", () => {
  const log = new SampleLog(() => END_TO_END);
  log.addResult(resultOf(9000, 1000));
  const sample = log.addShown(shownOf(12_000, 9000, 1080));
  assert.equal(sample?.latency_ms, 100);
  assert.equal(sample?.network_ms, 20);
  assert.equal(sample?.boxes, "predicted");
  assert.equal(log.addShown(shownOf(15_000, 9000, 1113)), null);
});

Deno.test("SampleLog: a frame between two processed ones is no display of the later one", () => {
  const log = new SampleLog(() => END_TO_END);
  log.addResult(resultOf(9000, 1000));
  assert.equal(log.addShown(shownOf(6000, 9000, 1050, { boxes: "between" })), null);
  assert.equal(log.addShown(shownOf(9000, 9000, 1083))?.display_ts, 1083);
});

Deno.test("SampleLog: boxes on a frame before their own are no display of theirs", () => {
  const log = new SampleLog(() => END_TO_END);
  log.addResult(resultOf(9000, 1000));
  assert.equal(log.addShown(shownOf(6000, 9000, 1050)), null);
  assert.equal(log.addShown(shownOf(9000, 9000, 1083))?.age_ms, 0);
});

Deno.test("SampleLog: from the receive time on nothing is called end-to-end", () => {
  const log = new SampleLog((_key, timeMs) => ({ timeMs, clock: "receiveTime", errorMs: null }));
  log.addResult(resultOf(9000, 1000));
  const sample = log.addShown(shownOf(9000, 9000, 1080));
  assert.equal(sample?.capture_ts, 1000);
  assert.equal(sample?.latency_ms, null);
  assert.equal(sample?.network_ms, null);
});

Deno.test("SampleLog: in server mode the frame arrives when the server says, on the viewer's clock", () => {
  const log = new SampleLog(() => END_TO_END);
  const remote = {
    encodeMs: 3,
    roundTripMs: 40,
    serverMs: 15,
    queueMs: 1,
    recvTimeMs: 6_020,
    inferenceTimeMs: 6_035,
    jpegBytes: 20_000,
    jpegQuality: 0.7,
    clock: { offsetMs: 5_000, errorMs: 1, roundTripMs: 2, driftPpm: null },
  };
  log.addResult(resultOf(9000, 1000, { remote }));
  const sample = log.addShown(shownOf(9000, 9000, 1080));
  assert.equal(sample?.recv_ts, 1_020);
  assert.equal(sample?.network_ms, 40);
  assert.equal(sample?.server_ms, 15);

  log.addResult(resultOf(18_000, 1100, { remote: { ...remote, clock: null } }));
  const unknown = log.addShown(shownOf(18_000, 18_000, 1180));
  assert.equal(unknown?.recv_ts, null);
  assert.equal(unknown?.network_ms, null);
});

Deno.test("SampleLog: results that are never shown are forgotten", () => {
  const log = new SampleLog(() => END_TO_END);
  for (let frame = 0; frame < 1000; frame++) log.addResult(resultOf(frame * 3000, 1000));
  assert.equal(log.addShown(shownOf(0, 0, 2000)), null);
  assert.notEqual(log.addShown(shownOf(999 * 3000, 999 * 3000, 2000)), null);
});
