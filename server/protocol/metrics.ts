// This module is browser compatible.
import * as v from "valibot";
import { CAPTURE_CLOCKS } from "./timing.ts";

/**
 * `live`: each frame as soon as it comes, with boxes moved to where the objects are by then.
 * `synced`: each frame a steady while later, with its own boxes.
 */
export const DISPLAYS = ["live", "synced"] as const;
/** See {@linkcode DISPLAYS}. */
export type Display = (typeof DISPLAYS)[number];

/** Version of {@linkcode metricsSchema}. */
export const METRICS_SCHEMA = 1;

/** Raw samples of one document at most: half an hour at 30 fps. */
export const MAX_SAMPLES = 54_000;

const finite = v.pipe(v.number(), v.finite());
const amount = v.nullable(v.pipe(finite, v.minValue(0)));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(200));
const perCause = v.record(text, count);
const perRole = v.object({ phone: amount, viewer: amount, server: amount });
/** A latency can be under 0 by its clock's error. */
const latency = v.nullable(finite);
const spread = v.object({ median: latency, p95: latency });
/** See {@linkcode metricsSchema}. */
export type Spread = v.InferOutput<typeof spread>;

/** One processed frame that was displayed. Times are ms since the epoch on the viewer's clock. */
export const metricsSampleSchema = v.object({
  /** When the phone's camera took the frame, by `capture_clock`. */
  capture_ts: finite,
  capture_clock: v.picklist(CAPTURE_CLOCKS),
  /** `capture_ts` is at most this wrong; `null` where that cannot be said. */
  clock_error_ms: amount,
  /** When the viewer had the frame. */
  received_ts: finite,
  /** When the frame was whole where it was examined: in `server` mode on the server. */
  recv_ts: v.nullable(finite),
  /** When its overlay was presented. */
  display_ts: finite,
  /** `display_ts − capture_ts`; `null` with `receiveTime`, which is not end-to-end. */
  latency_ms: latency,
  /** `recv_ts − capture_ts`; `null` with `receiveTime`. */
  network_ms: latency,
  /** On the server: from the frame's last byte to its detections; `null` in `wasm` mode. */
  server_ms: amount,
  /** Whether the boxes were of the very frame shown, or moved on from it. */
  boxes: v.picklist(["own", "between", "predicted", "none"]),
  /** How much earlier the boxes' frame was than the one shown, ms of video time. */
  age_ms: amount,
  detections: count,
  stages_ms: v.record(text, v.pipe(finite, v.minValue(0))),
});
/** See {@linkcode metricsSampleSchema}. */
export type MetricsSample = v.InferOutput<typeof metricsSampleSchema>;

/**
 * What the bench writes and the viewer's export button downloads. A figure that was not measured is
 * `null`, never 0 and never a guess. Latencies are of the rung in `capture_clock` alone.
 */
export const metricsSchema = v.object({
  schema: v.literal(METRICS_SCHEMA),
  mode: v.picklist(["wasm", "server", "auto"]),
  display: v.picklist(DISPLAYS),
  model: v.nullable(text),
  duration_s: v.pipe(finite, v.minValue(0)),
  /** End to end: from capture until the overlay of that frame was presented. */
  median_latency_ms: latency,
  p95_latency_ms: latency,
  p99_latency_ms: latency,
  capture_clock: v.nullable(v.picklist(CAPTURE_CLOCKS)),
  /** Largest error of the capture times behind the latencies. */
  clock_error_ms: amount,
  /** From when the viewer had the frame until its overlay was presented: needs no other clock. */
  receive_to_display_ms: spread,
  /** Frames a second whose results were displayed. */
  processed_fps: amount,
  camera_fps: amount,
  uplink_kbps: amount,
  downlink_kbps: amount,
  server_latency_ms: spread,
  network_latency_ms: spread,
  /** What `synced` adds to each frame's own delay; `null` in `live`. */
  synced_delay_ms: amount,
  stages_ms: v.record(text, spread),
  frames: v.object({
    captured: v.nullable(count),
    received: count,
    processed: count,
    displayed: count,
    dropped: perCause,
    /** Frames of the video that were not shown. */
    skipped: perCause,
  }),
  /** Results whose frame was found among those to be shown, and whose was not. */
  pairing: v.object({ paired: count, unpaired: count }),
  startup_ms: v.object({ ready: amount, model: amount, first_box: amount }),
  /** 100 is one core; each role summed over its process tree. */
  cpu_percent: perRole,
  rss_mb: perRole,
  machine: v.record(text, v.union([v.string(), v.number(), v.null()])),
  samples: v.pipe(v.array(metricsSampleSchema), v.maxLength(MAX_SAMPLES)),
});
/** See {@linkcode metricsSchema}. */
export type Metrics = v.InferOutput<typeof metricsSchema>;

/** Checks a document. @throws {v.ValiError} If it does not fit. */
export function parseMetrics(value: unknown): Metrics {
  return v.parse(metricsSchema, value);
}
