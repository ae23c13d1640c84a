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
const NO_ROLE = { phone: null, viewer: null, server: null };
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
  /**
   * Whether the boxes were of the very frame shown, between two, or carried on from an earlier one: `followed` by
   * what is seen in the pictures since, `predicted` by the motion model.
   */
  boxes: v.picklist(["own", "between", "followed", "predicted", "none"]),
  /**
   * How much earlier the boxes' frame was than the one shown, ms of video time; under 0 where the
   * result overtook the picture.
   */
  age_ms: latency,
  detections: count,
  /**
   * Of the frame path in order, and `show`: from when the result was at the viewer until its boxes were
   * presented, on a screen of 60 Hz 17 to 33 ms.
   */
  stages_ms: v.record(text, v.pipe(finite, v.minValue(0))),
});
/** See {@linkcode metricsSampleSchema}. */
export type MetricsSample = v.InferOutput<typeof metricsSampleSchema>;

/** Words and numbers by their names. */
const facts = v.record(text, v.union([v.string(), v.number(), v.null()]));

const figures = {
  "median_latency_ms": latency,
  "p95_latency_ms": latency,
  "p99_latency_ms": latency,
  "processed_fps": amount,
  "camera_fps": amount,
  "uplink_kbps": amount,
  "downlink_kbps": amount,
};

/** What one of several phones, or one of several runs, came to. */
export const metricsShareSchema = v.object({
  ...figures,
  /** How many of `samples` are its own: those of the first come first. 0 where none are kept. */
  samples: count,
});
/** See {@linkcode metricsShareSchema}. */
export type MetricsShare = v.InferOutput<typeof metricsShareSchema>;

/** A figure over several runs: the median of theirs, and between which two all of them are. */
export const steadinessSchema = v.object({ median: finite, min: finite, max: finite });
/** See {@linkcode steadinessSchema}. */
export type Steadiness = v.InferOutput<typeof steadinessSchema>;

/**
 * What the bench writes and the viewer's export button downloads. A figure that was not measured is
 * `null`, never 0 and never a guess. Latencies are of the rung in `capture_clock` alone.
 */
export const metricsSchema = v.object({
  schema: v.literal(METRICS_SCHEMA),
  /** `off`: nothing is examined, and only the video is measured. */
  mode: v.picklist(["wasm", "server", "auto", "off"]),
  display: v.picklist(DISPLAYS),
  model: v.nullable(text),
  /** Whose picture was shown in the end; `endpoint`: one that the server names (WHEP). */
  source: v.optional(v.nullable(v.picklist(["phone", "computer", "camera", "endpoint"])), null),
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
  /** From capture until the picture was presented, of every frame of the video, examined or not. */
  video_delay_ms: v.optional(spread, { median: null, p95: null }),
  /** The same before and after, when nothing was examined; `null` from the viewer's export. */
  idle_video_delay_ms: v.optional(spread, { median: null, p95: null }),
  /**
   * What examining adds beyond the model: median latency less the idle video delay and less the
   * median `run`.
   */
  overhead_ms: v.optional(latency, null),
  /** Frames a second whose results were displayed. */
  processed_fps: amount,
  camera_fps: amount,
  /**
   * What the phone sends and what it receives: RTP, RTCP and DataChannels of its connections, without
   * the headers of UDP and IP. From the viewer's export: the same bytes as they pass on its side.
   */
  uplink_kbps: amount,
  downlink_kbps: amount,
  /** Frames to the server and results back, by the server's own count; `null` in `wasm` mode. */
  server_uplink_kbps: v.optional(amount, null),
  server_downlink_kbps: v.optional(amount, null),
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
    /** By cause; `unread`: the browser replaced them before the detector came to read them. */
    dropped: perCause,
    /** Frames of the video that were not shown. */
    skipped: perCause,
  }),
  /** Results whose frame was found among those to be shown, and whose was not. */
  pairing: v.object({ paired: count, unpaired: count }),
  /** How often a box of the live view moved by its velocity, as there was no time to look for it. */
  following: v.optional(v.nullable(v.object({ fallen_back: count })), null),
  startup_ms: v.object({ ready: amount, model: amount, first_box: amount }),
  /** 100 is one core; each role summed over its process tree, and over all phones or viewers. */
  cpu_percent: perRole,
  /** The same time for each frame that was processed. */
  cpu_ms_per_frame: v.optional(perRole, NO_ROLE),
  /**
   * At the end; of memory that several processes share, each has its part (PSS; Linux). Documents of before have
   * `rss_mb`, where it counts in each of them.
   */
  pss_mb: v.optional(perRole, NO_ROLE),
  machine: facts,
  /** What the bench arranged: camera, network, users. `null` from the viewer's export. */
  setup: v.optional(v.nullable(facts), null),
  /** Of several phones at once, each with a viewer; all above is then of all of them together. */
  users: v.optional(v.array(metricsShareSchema), []),
  /** Jain's index of the users' `processed_fps`: 1 when all have the same. */
  fairness: v.optional(amount, null),
  /** Of several runs; all above is then of the one whose median latency is the middle one. */
  runs: v.optional(v.array(metricsShareSchema), []),
  /** Over the runs; `null` of one run. */
  steadiness: v.optional(
    v.nullable(v.object({
      median_latency_ms: v.nullable(steadinessSchema),
      processed_fps: v.nullable(steadinessSchema),
      /** Whether the runs agree well enough to conclude anything from them. */
      is_conclusive: v.boolean(),
    })),
    null,
  ),
  samples: v.pipe(v.array(metricsSampleSchema), v.maxLength(MAX_SAMPLES)),
});
/** See {@linkcode metricsSchema}. */
export type Metrics = v.InferOutput<typeof metricsSchema>;

/** Checks a document. @throws {v.ValiError} If it does not fit. */
export function parseMetrics(value: unknown): Metrics {
  return v.parse(metricsSchema, value);
}
