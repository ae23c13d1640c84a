import type { Metrics, MetricsSample } from "@/protocol";
import { takeGivenRows } from "../dashboard/given_rows.ts";
import { type DashboardView, HistoryRecorder } from "../dashboard/history_recorder.ts";
import type { SecondContext } from "../dashboard/second_meter.ts";
import type { FrameResult } from "../inference/worker_messages.ts";
import { type MetricsContext, MetricsRecorder } from "../metrics/metrics_recorder.ts";
import type { CaptureOf } from "../metrics/sample_log.ts";
import { carriedBytes } from "../metrics/traffic.ts";
import type { ShownReport } from "../present/stage_presenter.ts";
import type { PhonePeer } from "../rtc/phone_peer.ts";
import { type LiveFigures, LiveMeter } from "../metrics/live_meter.ts";
import type { Recorded } from "./viewer_state.ts";

/** What measuring needs of its page. */
export interface StageMeasuresOptions {
  /** When a frame of the present phone was captured. */
  readonly captureOf: CaptureOf;
  /** Monotonic, ms. */
  nowMs(): number;
  /** Ms since the epoch. */
  epochMs(): number;
}

/** All that is measured of one stage: live figures, their history, and the record for export. */
export class StageMeasures {
  readonly #options: StageMeasuresOptions;
  readonly #meter: LiveMeter;
  readonly #recorder: MetricsRecorder;
  readonly #history = new HistoryRecorder(takeGivenRows());
  #conditions: string | null = null;
  #firstBoxMs: number | null = null;
  #modelMs: number | null = null;
  #readyMs: number | null = null;

  constructor(options: StageMeasuresOptions) {
    this.#options = options;
    this.#meter = new LiveMeter(options.captureOf);
    this.#recorder = new MetricsRecorder(options.captureOf);
  }

  /** The page works, from now on; times of the start count from the page's own. */
  ready(): void {
    this.#readyMs ??= this.#options.nowMs();
  }

  /** A model runs. */
  modelReady(): void {
    this.#modelMs ??= this.#options.nowMs();
  }

  /** Under what conditions is measured from now on; when they change, the record begins anew. */
  setConditions(
    { mode, display, model }: Pick<MetricsContext, "mode" | "display" | "model">,
  ): void {
    const conditions = JSON.stringify([mode, display, model]);
    // The history shows what the change did.
    if (this.#conditions !== null && conditions !== this.#conditions) this.#recorder.reset();
    this.#conditions = conditions;
  }

  /** A frame was processed. */
  addResult(result: FrameResult): void {
    this.#meter.addResult(this.#options.nowMs(), result);
    this.#recorder.addResult(result);
    this.#history.addResult(result);
  }

  /** Frames were presented. */
  addShown({ frames, counts, delayMs }: ShownReport): void {
    const nowMs = this.#options.nowMs();
    const samples = this.#recorder.addShown(frames, counts, delayMs);
    this.#meter.addShown(nowMs, frames, counts, delayMs);
    this.#meter.addSamples(nowMs, samples);
    this.#history.addShown(counts, samples);
    if (samples.some(hasBox)) this.#firstBoxMs ??= nowMs;
  }

  /** Reads what the connection to the present phone has carried. */
  async readTraffic(phone: Pick<PhonePeer, "stats" | "relay">): Promise<void> {
    const { relay } = phone;
    const carried = relay === null ? carriedBytes(await phone.stats()) : relay.picture.carried;
    const nowMs = this.#options.nowMs();
    this.#recorder.addTraffic(nowMs, relay ?? phone, carried);
    this.#history.addTraffic(nowMs, relay ?? phone, carried);
  }

  /** Another model, or none. */
  clearResults(): void {
    this.#meter.clearResults();
  }

  /** Another camera: live figures are of it alone. The record and the history go on. */
  clearSource(): void {
    this.#meter.clear();
    this.#recorder.clearSource();
    this.#history.clearSource();
  }

  /** Begins the record and the history anew. */
  reset(): void {
    this.#recorder.reset();
    this.#history.reset();
  }

  /** To be called a few times a second; answers whether the page is to show it. */
  tick(context: SecondContext): boolean {
    return this.#history.tick(this.#options.nowMs(), context);
  }

  /** Figures of the last moments. */
  get figures(): LiveFigures {
    return this.#meter.figures(this.#options.nowMs());
  }

  /** What the charts show. */
  get dashboard(): DashboardView {
    return this.#history.view;
  }

  /** What an export would hold. */
  get recorded(): Recorded {
    return {
      recordedMs: this.#recorder.recordedMs(this.#options.epochMs()),
      sampleCount: this.#recorder.sampleCount,
    };
  }

  /** The record as the bench writes it; `null` before the first frame. */
  document(context: Omit<MetricsContext, "startup">): Metrics | null {
    const startup = { ready: this.#readyMs, model: this.#modelMs, "first_box": this.#firstBoxMs };
    return this.#recorder.document(this.#options.epochMs(), { ...context, startup });
  }
}

function hasBox({ detections }: MetricsSample): boolean {
  return detections > 0;
}
