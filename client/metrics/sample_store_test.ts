import assert from "node:assert/strict";
import fc from "fast-check";
import { CAPTURE_CLOCKS, type MetricsSample } from "@/protocol";
import { SampleStore } from "./sample_store.ts";

const ms = fc.double({ min: 0, max: 1e6, noNaN: true });
const sample: fc.Arbitrary<MetricsSample> = fc.record({
  at: fc.double({ min: 1e12, max: 2e12, noNaN: true }),
  clock: fc.constantFrom(...CAPTURE_CLOCKS),
  toRecvMs: fc.option(ms),
  toDisplayMs: ms,
  errorMs: fc.option(ms),
  serverMs: fc.option(ms),
  ageMs: fc.option(ms),
  boxes: fc.constantFrom("own", "between", "followed", "predicted", "none"),
  detections: fc.nat(300),
  stages: fc.dictionary(fc.constantFrom("wait", "run", "queue", "show"), ms, {
    noNullPrototype: true,
  }),
}).map(({ at, clock, toRecvMs, toDisplayMs, errorMs, serverMs, ageMs, boxes, ...rest }) => {
  const recvTs = toRecvMs === null ? null : at + toRecvMs;
  const displayTs = at + toDisplayMs;
  const isEndToEnd = clock !== "receiveTime";
  return {
    capture_ts: at,
    capture_clock: clock,
    clock_error_ms: errorMs,
    received_ts: at + 1,
    recv_ts: recvTs,
    display_ts: displayTs,
    latency_ms: isEndToEnd ? displayTs - at : null,
    network_ms: isEndToEnd && recvTs !== null ? recvTs - at : null,
    server_ms: serverMs,
    boxes,
    age_ms: ageMs,
    detections: rest.detections,
    stages_ms: rest.stages,
  } as MetricsSample;
});

Deno.test("SampleStore gives back the newest samples as they were, whatever its size", () => {
  const cases = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.array(sample, { maxLength: 100 }));
  fc.assert(fc.property(cases, ([limit, samples]) => {
    const store = new SampleStore(limit);
    for (const one of samples) store.add(one);
    assert.deepEqual(store.samples(), samples.slice(-limit));
    assert.equal(store.length, Math.min(limit, samples.length));
  }));
});

Deno.test("SampleStore takes no more memory once it is full", () => {
  const [one] = fc.sample(sample, { numRuns: 1, seed: 1 });
  const store = new SampleStore(3_000);
  for (let at = 0; at < 3_000; at++) store.add(one!);
  const { bytes } = store;
  for (let at = 0; at < 9_000; at++) store.add(one!);
  assert.equal(store.bytes, bytes);
});
