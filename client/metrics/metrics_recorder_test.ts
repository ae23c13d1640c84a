import assert from "node:assert/strict";
import { parseMetrics } from "@/protocol";
import type { CaptureTime } from "../time/capture_time.ts";
import { type MetricsContext, MetricsRecorder } from "./metrics_recorder.ts";
import { countsOf, presented, resultOf, shownOf } from "./testing/frames.ts";

const CONTEXT: MetricsContext = {
  mode: "wasm",
  display: "live",
  model: "some-model",
  source: "phone",
  startup: { ready: null, model: null, first_box: null },
  machine: { cores: 2 },
};

/** Processes and shows `count` frames, 100 ms apart, each captured 50 ms before it came. */
function record(recorder: MetricsRecorder, count: number, fromMs = 1000): void {
  for (let frame = 0; frame < count; frame++) {
    const rtp = (fromMs + frame * 100) * 90;
    const receivedAtMs = fromMs + frame * 100;
    const counts = countsOf(frame + 1, frame + 1);
    recorder.addResult(resultOf(rtp, receivedAtMs, { counts }));
    recorder.addShown(
      [shownOf(rtp, rtp, receivedAtMs + 40 + frame)],
      presented({ received: frame + 1, shown: frame + 1, paired: frame + 1 }),
      0,
    );
  }
}

const captured = (_key: unknown, receivedAtMs: number): CaptureTime => ({
  timeMs: receivedAtMs - 50,
  clock: "captureTime",
  errorMs: 3,
});

Deno.test("MetricsRecorder: the document holds every sample and its own figures", () => {
  const recorder = new MetricsRecorder(captured);
  assert.equal(recorder.document(0, CONTEXT), null, "nothing was measured");
  record(recorder, 21);
  const metrics = parseMetrics(recorder.document(1040 + 2000, CONTEXT));
  assert.equal(metrics.samples.length, 21);
  assert.equal(metrics.median_latency_ms, 100);
  assert.equal(metrics.p99_latency_ms, 110);
  assert.equal(metrics.capture_clock, "captureTime");
  assert.equal(metrics.clock_error_ms, 3);
  assert.deepEqual(metrics.receive_to_display_ms, { median: 50, p95: 59 });
  assert.deepEqual(metrics.network_latency_ms, { median: 50, p95: 50 });
  assert.deepEqual(metrics.server_latency_ms, { median: null, p95: null });
  assert.deepEqual(metrics.stages_ms.run, { median: 30, p95: 30 });
  assert.equal(metrics.duration_s, 2);
  assert.equal(metrics.processed_fps, 10.5);
  assert.deepEqual(metrics.pairing, { paired: 21, unpaired: 0 });
  assert.deepEqual(metrics.frames.dropped, { unread: 0 });
});

Deno.test("MetricsRecorder: latencies are of one clock alone, the newest", () => {
  let capture: CaptureTime = { timeMs: 0, clock: "receiveTime", errorMs: null };
  const recorder = new MetricsRecorder((key, receivedAtMs) =>
    capture.clock === "receiveTime"
      ? { ...capture, timeMs: receivedAtMs }
      : captured(key, receivedAtMs)
  );
  record(recorder, 5);
  const before = recorder.document(2000, CONTEXT)!;
  assert.equal(before.capture_clock, "receiveTime");
  assert.equal(before.median_latency_ms, null);
  assert.equal(before.clock_error_ms, null);
  assert.notEqual(before.receive_to_display_ms.median, null);
  capture = { ...capture, clock: "captureTime" };
  record(recorder, 1, 5000);
  const after = recorder.document(6000, CONTEXT)!;
  assert.equal(after.samples.length, 6);
  assert.equal(after.median_latency_ms, 90);
});

Deno.test("MetricsRecorder: a reset forgets, and so does no other presenter or detector", () => {
  const recorder = new MetricsRecorder(captured);
  record(recorder, 10);
  record(recorder, 3, 5000);
  assert.equal(recorder.document(6000, CONTEXT)?.pairing.paired, 13);
  assert.equal(recorder.document(6000, CONTEXT)?.frames.processed, 13);
  recorder.reset();
  assert.equal(recorder.document(6000, CONTEXT), null);
  const rtp = 7000 * 90;
  recorder.addResult(resultOf(rtp, 7000, { counts: countsOf(4, 4) }));
  recorder.addShown(
    [shownOf(rtp, rtp, 7040)],
    presented({ received: 5, paired: 5, fallenBack: 2 }),
    0,
  );
  const metrics = parseMetrics(recorder.document(8000, CONTEXT));
  assert.deepEqual(metrics.following, { fallen_back: 2 });
  assert.equal(metrics.frames.processed, 1);
  assert.equal(metrics.pairing.paired, 2);
});

Deno.test("MetricsRecorder: a record begins with what is shown; what came before to a page that nobody saw is not in it", () => {
  const recorder = new MetricsRecorder(captured);
  for (let second = 0; second < 10; second++) {
    recorder.addResult(
      resultOf(second, 1000 * second, { counts: countsOf(30 * second, 5 * second) }),
    );
    recorder.addShown([], presented({ received: 30 * second }), 0);
  }
  assert.equal(recorder.document(10_000, CONTEXT), null);
  const rtp = 10_000 * 90;
  recorder.addResult(resultOf(rtp, 10_000, { counts: countsOf(271, 46) }));
  recorder.addShown([shownOf(rtp, rtp, 10_040)], presented({ received: 272, shown: 1 }), 0);
  recorder.addShown([], presented({ received: 302, shown: 1 }), 0);
  const { frames, camera_fps: fps } = recorder.document(11_040, CONTEXT)!;
  assert.deepEqual([frames.received, frames.processed, frames.displayed, fps], [32, 1, 1, 32]);
});

Deno.test("MetricsRecorder: frames that never reached the detector are counted as dropped", () => {
  const recorder = new MetricsRecorder(captured);
  const rtp = 1000 * 90;
  const counts = countsOf(4, 3, { superseded: 1 });
  recorder.addResult(resultOf(rtp, 1000, { counts }));
  recorder.addShown([shownOf(rtp, rtp, 1040)], presented({ received: 9 }), 0);
  const { received, processed, dropped } = recorder.document(2000, CONTEXT)!.frames;
  assert.deepEqual(dropped, { superseded: 1, unread: 5 });
  assert.equal(received, processed + 6);
});

Deno.test("MetricsRecorder: a result that waited when the camera changed is of no sample", () => {
  const recorder = new MetricsRecorder(captured);
  recorder.addResult(resultOf(9000, 1000));
  recorder.clearSource();
  assert.deepEqual(recorder.addShown([shownOf(9000, 9000, 1040)], presented(), 0), []);
});

Deno.test("MetricsRecorder: the video's delay is of every frame once, and of one clock", () => {
  let clock: CaptureTime["clock"] = "receiveTime";
  const recorder = new MetricsRecorder((key, receivedAtMs) => ({
    ...captured(key, receivedAtMs),
    clock,
  }));
  const show = (displayedAtMs: number, isFirst = true) =>
    recorder.addShown([shownOf(0, null, displayedAtMs, { isFirst })], presented(), 0);
  const delay = () =>
    parseMetrics(recorder.document(9000, { ...CONTEXT, mode: "off" })).video_delay_ms;
  show(1000);
  assert.deepEqual(delay(), { median: null, p95: null }, "not of the whole way");
  clock = "captureTime";
  show(1033);
  show(1050, false);
  // Captured 50 ms before it came, and that was 20 ms before.
  assert.deepEqual(delay(), { median: 70, p95: 70 });
  recorder.reset();
  show(2000);
  assert.deepEqual(delay(), { median: 70, p95: 70 });
});
