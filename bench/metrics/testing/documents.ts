import type { Metrics, MetricsSample } from "@/protocol";
import type { BenchFacts } from "../document.ts";
import type { PhoneFigures } from "../phone_stats.ts";

/** What a phone did. */
export const PHONE: PhoneFigures = { uplinkKbps: 1_000, downlinkKbps: 10, captured: 300 };

/** What a bench knows. */
export const FACTS: BenchFacts = {
  "cpu_percent": { phone: 20, viewer: 60, server: 5 },
  "pss_mb": { phone: 500, viewer: 800, server: 100 },
  machine: { cpu: "some CPU", cores: 2 },
  setup: { camera: "person" },
  "server_uplink_kbps": null,
  "server_downlink_kbps": null,
};

/** What a viewer exports that has shown frames with these latencies, in this order. */
export function exportOf(latenciesMs: readonly number[]): Metrics {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  const spread = { median: at(0.5), p95: at(0.95) };
  const none = { median: null, p95: null };
  return {
    schema: 1,
    mode: "wasm",
    display: "live",
    model: "some-model",
    source: "phone",
    duration_s: 10,
    median_latency_ms: at(0.5),
    p95_latency_ms: at(0.95),
    p99_latency_ms: at(0.99),
    capture_clock: "captureTime",
    clock_error_ms: 15,
    receive_to_display_ms: spread,
    video_delay_ms: none,
    idle_video_delay_ms: none,
    overhead_ms: null,
    processed_fps: latenciesMs.length / 10,
    camera_fps: 30,
    uplink_kbps: 990,
    downlink_kbps: 11,
    server_uplink_kbps: null,
    server_downlink_kbps: null,
    server_latency_ms: none,
    network_latency_ms: none,
    synced_delay_ms: null,
    stages_ms: { run: { median: 30, p95: 40 } },
    frames: {
      captured: null,
      received: 299,
      processed: latenciesMs.length,
      displayed: latenciesMs.length,
      dropped: { superseded: 7 },
      skipped: { late: 1 },
    },
    pairing: { paired: latenciesMs.length, unpaired: 0 },
    following: { fallen_back: 2 },
    startup_ms: { ready: 200, model: 600, first_box: 900 },
    cpu_percent: { phone: null, viewer: null, server: null },
    cpu_ms_per_frame: { phone: null, viewer: null, server: null },
    pss_mb: { phone: null, viewer: null, server: null },
    machine: { browser: "some browser", cores: 4 },
    setup: null,
    users: [],
    fairness: null,
    runs: [],
    steadiness: null,
    samples: latenciesMs.map((latencyMs, index) => sampleOf(latencyMs, index)),
  };
}

function sampleOf(latencyMs: number, index: number): MetricsSample {
  const captureTs = 1_700_000_000_000 + index * 100;
  return {
    capture_ts: captureTs,
    capture_clock: "captureTime",
    clock_error_ms: 15,
    received_ts: captureTs + latencyMs / 2,
    recv_ts: captureTs + latencyMs / 2,
    display_ts: captureTs + latencyMs,
    latency_ms: latencyMs,
    network_ms: latencyMs / 2,
    server_ms: null,
    boxes: "own",
    age_ms: 0,
    detections: 1,
    stages_ms: { run: 30 },
  };
}
