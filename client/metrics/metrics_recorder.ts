import {
  type Display,
  MAX_SAMPLES,
  type Metrics,
  METRICS_SCHEMA,
  type MetricsSample,
} from "@/protocol";
import type { FrameResult } from "../inference/worker_messages.ts";
import type { PresentCounts, PresentSkipCause, ShownFrame } from "../present/present_messages.ts";
import type { CaptureTime } from "../time/capture_time.ts";
import { FrameTotals } from "./frame_totals.ts";
import { measured, quantile, spreadOf } from "../base/quantiles.ts";
import { type CaptureOf, SampleLog } from "./sample_log.ts";
import { SampleStore } from "./sample_store.ts";
import { type CarriedBytes, TrafficMeter } from "./traffic.ts";

/** What a document says besides what was recorded. */
export interface MetricsContext {
  readonly mode: Metrics["mode"];
  readonly display: Display;
  readonly model: string | null;
  readonly source: Metrics["source"];
  readonly startup: Metrics["startup_ms"];
  readonly machine: Metrics["machine"];
}

const NO_COUNTS: PresentCounts = {
  received: 0,
  shown: 0,
  skipped: { late: 0, full: 0, broken: 0, unseen: 0 },
  paired: 0,
  unpaired: 0,
  fallenBack: 0,
};

/** What only the bench can know. */
const NO_ROLE = { phone: null, viewer: null, server: null };

/** Reports come four times a second: half an hour of them. */
const MAX_SYNCED_DELAYS = 7_200;

/** Records what the viewer measures, from its start or the last reset on. Times: ms since the epoch. */
export class MetricsRecorder {
  readonly #captureOf: CaptureOf;
  readonly #log: SampleLog;
  readonly #totals = new FrameTotals();
  readonly #traffic = new TrafficMeter();
  readonly #samples = new SampleStore(MAX_SAMPLES);
  readonly #video = new VideoDelays();
  #startedAtMs: number | null = null;
  #counts = NO_COUNTS;
  #countsBefore = NO_COUNTS;
  #syncedDelaysMs: number[] = [];
  #displayed = 0;

  constructor(captureOf: CaptureOf) {
    this.#captureOf = captureOf;
    this.#log = new SampleLog(captureOf);
  }

  /** How long it has recorded, ms; `null` before the first frame. */
  recordedMs(nowMs: number): number | null {
    return this.#startedAtMs === null ? null : nowMs - this.#startedAtMs;
  }

  /** Processed frames that were displayed. */
  get sampleCount(): number {
    return this.#displayed;
  }

  /** A frame was processed. */
  addResult(result: FrameResult): void {
    this.#totals.add(result);
    this.#log.addResult(result);
  }

  /** What a connection has carried until `nowMs`. */
  addTraffic(nowMs: number, source: object, carried: CarriedBytes | null): void {
    this.#traffic.add(nowMs, source, carried);
  }

  /** Frames were presented; answers the samples that this completes. */
  addShown(
    frames: readonly ShownFrame[],
    counts: PresentCounts,
    delayMs: number,
  ): readonly MetricsSample[] {
    this.#startedAtMs ??= frames[0]?.displayedAtMs ?? null;
    if (this.#startedAtMs === null) {
      // Nobody sees the page: what is counted now is of no time that is recorded.
      this.#totals.reset();
      this.#counts = counts;
      this.#countsBefore = negated(counts);
      return [];
    }
    // Another presenter counts from 0.
    if (counts.received < this.#counts.received) this.#countsBefore = this.#difference();
    this.#counts = counts;
    if (frames.length > 0) this.#syncedDelaysMs.push(delayMs);
    if (this.#syncedDelaysMs.length > MAX_SYNCED_DELAYS) this.#syncedDelaysMs.shift();
    for (const { key, receivedAtMs, displayedAtMs, isFirst } of frames) {
      if (isFirst) this.#video.add(this.#captureOf(key, receivedAtMs), displayedAtMs);
    }
    const samples = frames.flatMap((shown) => this.#log.addShown(shown) ?? []);
    for (const sample of samples) this.#samples.add(sample);
    this.#displayed += samples.length;
    return samples;
  }

  /** Another camera: what waits to be displayed was of the last one. The record goes on. */
  clearSource(): void {
    this.#log.clear();
  }

  /** Begins anew. */
  reset(): void {
    this.#samples.clear();
    this.#video.clear();
    this.#displayed = 0;
    this.#syncedDelaysMs = [];
    this.#startedAtMs = null;
    this.#totals.reset();
    this.#traffic.reset();
    this.#log.clear();
    this.#countsBefore = negated(this.#counts);
  }

  /** The document of what was recorded until `nowMs`; `null` before the first frame was shown. */
  document(nowMs: number, context: MetricsContext): Metrics | null {
    const recordedMs = this.recordedMs(nowMs);
    if (recordedMs === null) return null;
    const durationS = recordedMs / 1000;
    const perSecond = (frames: number) => durationS > 0 ? frames / durationS : null;
    const counts = this.#difference();
    const totals = this.#totals.totals;
    // One clock for all latencies: that of the newest sample, which is the best that was reached.
    const all = this.#samples.samples();
    const clock = all.at(-1)?.capture_clock ?? null;
    const samples = bounded(all.filter(({ capture_clock }) => capture_clock === clock));
    const latencies = measured(samples.map(({ latency_ms }) => latency_ms));
    const errors = measured(samples.map(({ clock_error_ms }) => clock_error_ms));
    return {
      schema: METRICS_SCHEMA,
      mode: context.mode,
      display: context.display,
      model: context.model,
      source: context.source,
      duration_s: durationS,
      median_latency_ms: quantile(latencies, 0.5),
      p95_latency_ms: quantile(latencies, 0.95),
      p99_latency_ms: quantile(latencies, 0.99),
      capture_clock: clock,
      clock_error_ms: quantile(errors, 1),
      receive_to_display_ms: spreadOf(
        all.map(({ display_ts, received_ts }) => display_ts - received_ts),
      ),
      video_delay_ms: this.#video.spread,
      idle_video_delay_ms: { median: null, p95: null },
      overhead_ms: null,
      processed_fps: perSecond(this.#displayed),
      camera_fps: perSecond(counts.received),
      // The phone's uplink is what comes here.
      uplink_kbps: this.#traffic.rates.receivedKbps,
      downlink_kbps: this.#traffic.rates.sentKbps,
      server_uplink_kbps: null,
      server_downlink_kbps: null,
      server_latency_ms: spreadOf(measured(samples.map(({ server_ms }) => server_ms))),
      network_latency_ms: spreadOf(measured(samples.map(({ network_ms }) => network_ms))),
      synced_delay_ms: context.display === "synced" ? quantile(this.#syncedDelaysMs, 0.5) : null,
      stages_ms: stageSpreads(all),
      frames: {
        captured: null,
        received: counts.received,
        processed: totals.processed,
        displayed: this.#displayed,
        dropped: {
          ...totals.dropped,
          // A detector in work reads no frames; the browser replaces those that wait for it.
          unread: context.mode === "off" ? 0 : Math.max(0, counts.received - totals.received),
        },
        skipped: counts.skipped,
      },
      pairing: { paired: counts.paired, unpaired: counts.unpaired },
      following: { fallen_back: counts.fallenBack },
      startup_ms: context.startup,
      cpu_percent: NO_ROLE,
      cpu_ms_per_frame: NO_ROLE,
      pss_mb: NO_ROLE,
      machine: context.machine,
      setup: null,
      users: [],
      fairness: null,
      runs: [],
      steadiness: null,
      samples: all,
    };
  }

  /** What the present and earlier presenters counted since the last reset. */
  #difference(): PresentCounts {
    return sum(this.#counts, this.#countsBefore);
  }
}

/** Those whose error is known; all of them only if it is of none. */
function bounded(samples: readonly MetricsSample[]): readonly MetricsSample[] {
  const known = samples.filter(({ clock_error_ms }) => clock_error_ms !== null);
  return known.length > 0 ? known : samples;
}

function stageSpreads(samples: readonly MetricsSample[]): Metrics["stages_ms"] {
  const stages = new Set(samples.flatMap(({ stages_ms }) => Object.keys(stages_ms)));
  return Object.fromEntries([...stages].map((stage) => {
    return [stage, spreadOf(samples.flatMap(({ stages_ms }) => stages_ms[stage] ?? []))];
  }));
}

function sum(a: PresentCounts, b: PresentCounts): PresentCounts {
  return {
    received: a.received + b.received,
    shown: a.shown + b.shown,
    skipped: perCause((cause) => a.skipped[cause] + b.skipped[cause]),
    paired: a.paired + b.paired,
    unpaired: a.unpaired + b.unpaired,
    fallenBack: a.fallenBack + b.fallenBack,
  };
}

function negated(counts: PresentCounts): PresentCounts {
  const { received, shown, skipped, paired, unpaired, fallenBack } = counts;
  return {
    received: -received,
    shown: -shown,
    skipped: perCause((cause) => -skipped[cause]),
    paired: -paired,
    unpaired: -unpaired,
    fallenBack: -fallenBack,
  };
}

function perCause(countOf: (cause: PresentSkipCause) => number): PresentCounts["skipped"] {
  const counts = { ...NO_COUNTS.skipped };
  for (const cause of Object.keys(counts) as PresentSkipCause[]) counts[cause] = countOf(cause);
  return counts;
}

/** From capture until the picture was presented, of the newest frames; of one clock alone. */
class VideoDelays {
  readonly #delaysMs = new Float32Array(MAX_SAMPLES);
  #clock: CaptureTime["clock"] | null = null;
  #count = 0;

  add({ timeMs, clock }: CaptureTime, displayedAtMs: number): void {
    if (clock !== this.#clock) this.clear();
    this.#clock = clock;
    // That one is not of the whole way.
    if (clock === "receiveTime") return;
    this.#delaysMs[this.#count % MAX_SAMPLES] = displayedAtMs - timeMs;
    this.#count += 1;
  }

  get spread(): Metrics["video_delay_ms"] {
    return spreadOf([...this.#delaysMs.subarray(0, Math.min(this.#count, MAX_SAMPLES))]);
  }

  clear(): void {
    this.#count = 0;
  }
}
