import assert from "node:assert/strict";
import { MAX_SAMPLES } from "@/protocol";
import { toDocument, withIdle } from "./document.ts";
import { exportOf, FACTS, PHONE } from "./testing/documents.ts";

Deno.test("toDocument: the viewer's own figures, the phone's word for its traffic, the bench's facts", () => {
  const exported = exportOf([80, 90, 100]);
  const metrics = toDocument([{ exported, phone: PHONE }], FACTS);
  assert.equal(metrics.median_latency_ms, 90);
  assert.equal(metrics.uplink_kbps, 1_000);
  assert.equal(metrics.frames.captured, 300);
  assert.deepEqual(metrics.cpu_percent, FACTS.cpu_percent);
  const { frames, duration_s: durationS } = exported;
  assert.equal(metrics.cpu_ms_per_frame.viewer, 0.6 * durationS * 1000 / frames.processed);
  assert.deepEqual(metrics.machine, { browser: "some browser", cores: 2, cpu: "some CPU" });
  assert.deepEqual(metrics.users, []);
  assert.equal(metrics.samples.length, 3);
});

Deno.test("toDocument: several users add up, their latencies are of all samples", () => {
  const records = [[80, 90, 100], [200]].map((latenciesMs) => {
    return { exported: exportOf(latenciesMs), phone: PHONE };
  });
  const metrics = toDocument(records, FACTS);
  assert.equal(metrics.median_latency_ms, 90);
  assert.equal(metrics.p99_latency_ms, 200);
  assert.equal(metrics.processed_fps, 0.4);
  assert.equal(metrics.uplink_kbps, 2_000);
  assert.deepEqual(metrics.frames.dropped, { superseded: 14 });
  assert.deepEqual(metrics.users.map(({ samples }) => samples), [3, 1]);
  assert.deepEqual(metrics.users.map((user) => user.median_latency_ms), [90, 200]);
  // (3 + 1)² / (2 · (9 + 1)).
  assert.ok(Math.abs(metrics.fairness! - 0.8) < 1e-9);
});

Deno.test("toDocument: of more samples than are kept, every user's count and are kept alike", () => {
  const records = [90, 200].map((latencyMs) => {
    return { exported: exportOf(Array(MAX_SAMPLES).fill(latencyMs)), phone: PHONE };
  });
  const metrics = toDocument(records, FACTS);
  assert.equal(metrics.p95_latency_ms, 200, "the last user's count");
  assert.deepEqual(metrics.users.map(({ samples }) => samples), [27_000, 27_000]);
  const slow = metrics.samples.filter(({ latency_ms }) => latency_ms === 200);
  assert.deepEqual([slow.length, metrics.samples.length], [27_000, 54_000]);
});

Deno.test("toDocument: a sum without one of its parts is not known", () => {
  const records = [PHONE, { ...PHONE, uplinkKbps: null }].map((phone) => {
    return { exported: exportOf([90]), phone };
  });
  assert.equal(toDocument(records, FACTS).uplink_kbps, null);
});

Deno.test("toDocument: what does not fit the schema is refused", () => {
  const exported = { ...exportOf([90]), "camera_fps": -1 };
  assert.throws(() => toDocument([{ exported, phone: PHONE }], FACTS));
});

Deno.test("withIdle() says what examining adds, where all of it was measured", () => {
  const idle = (median: number | null) => ({
    ...exportOf([]),
    video_delay_ms: { median, p95: median },
  });
  const metrics = exportOf([90, 100, 110]);
  const { idle_video_delay_ms: video, overhead_ms: overheadMs } = withIdle(metrics, [
    idle(40),
    idle(50),
  ]);
  assert.deepEqual(video, { median: 40, p95: 40 });
  assert.equal(overheadMs, 100 - 40 - 30);
  assert.equal(withIdle(metrics, [idle(null)]).overhead_ms, null);
  assert.equal(withIdle(metrics, []).overhead_ms, null);
});
