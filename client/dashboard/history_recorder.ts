import type { CaptureClock, MetricsSample } from "@/protocol";
import type { FrameResult } from "../inference/worker_messages.ts";
import { type CarriedBytes, TrafficMeter } from "../metrics/traffic.ts";
import type { PresentCounts } from "../present/present_messages.ts";
import { type HistoryRow, MetricsHistory } from "./history.ts";
import { type SecondContext, SecondMeter } from "./second_meter.ts";

/** A second has passed: less than one, because timers that come twice a second come early, too. */
const ROW_DUE_MS = 900;

/** The page is told of every so many rows: values that change faster are not read, and cost. */
const ROWS_A_VIEW = 3;

/** What the dashboard shows; another object each time that there is something new. */
export interface DashboardView {
  readonly history: MetricsHistory;
  /** What latencies count from; `null` before the first. */
  readonly captureClock: CaptureClock | null;
}

/** Makes the history, row by row. It goes on over changes of mode, model and view. */
export class HistoryRecorder {
  readonly #history = new MetricsHistory();
  readonly #meter = new SecondMeter();
  readonly #traffic = new TrafficMeter();
  #captureClock: CaptureClock | null = null;
  #startMs: number | null = null;
  #rowAtMs = 0;
  #rows = 0;
  /** Of rows that were there before the first tick. */
  #givenMs = 0;

  /** @param given Rows to begin with, the oldest first, a second each. */
  constructor(given: readonly HistoryRow[] = []) {
    for (const row of given) this.#history.add(this.#givenMs += 1000, row);
  }

  /** A frame was processed. */
  addResult(result: Pick<FrameResult, "counts">): void {
    this.#meter.addResult(result);
  }

  /** Frames were presented, which completed `samples`. */
  addShown(counts: PresentCounts, samples: readonly MetricsSample[]): void {
    this.#meter.addShown(counts);
    this.#meter.addSamples(samples);
    this.#captureClock = samples.at(-1)?.capture_clock ?? this.#captureClock;
  }

  /** What the connection to a phone has carried until `nowMs`; `null`: nothing could be read. */
  addTraffic(nowMs: number, source: object, carried: CarriedBytes | null): void {
    this.#traffic.add(nowMs, source, carried);
    const { sentKbps, receivedKbps } = this.#traffic.rates;
    // The phone's uplink is what comes here.
    this.#meter.addTraffic({ uplinkKbps: receivedKbps, downlinkKbps: sentKbps });
    // The next rate is from this reading on.
    this.#traffic.reset();
    this.#traffic.add(nowMs, source, carried);
  }

  /** Another camera, or none. */
  clearSource(): void {
    this.#meter.clearSource();
  }

  /** Begins anew. */
  reset(): void {
    this.#history.clear();
    this.#meter.clear();
    this.#startMs = null;
    this.#givenMs = 0;
    this.#captureClock = null;
  }

  /** To be called a few times a second; makes a row when a second is over. Answers whether to show it. */
  tick(nowMs: number, context: SecondContext): boolean {
    if (this.#startMs === null) {
      this.#startMs = nowMs - this.#givenMs;
      this.#rowAtMs = nowMs;
      // The part of a second before is not a second.
      this.#meter.clear();
      return true;
    }
    const spanMs = nowMs - this.#rowAtMs;
    if (spanMs < ROW_DUE_MS) return false;
    this.#rowAtMs = nowMs;
    this.#history.add(nowMs - this.#startMs, this.#meter.take(spanMs, context));
    this.#rows += 1;
    return this.#rows % ROWS_A_VIEW === 0;
  }

  /** What there is to show now. */
  get view(): DashboardView {
    return { history: this.#history, captureClock: this.#captureClock };
  }
}
