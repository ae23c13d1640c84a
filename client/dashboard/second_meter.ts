import type { MetricsSample } from "@/protocol";
import { LOAD_LEVELS, type LoadLevel } from "../inference/load_level.ts";
import type { FrameResult } from "../inference/worker_messages.ts";
import { FrameTotals } from "../metrics/frame_totals.ts";
import { measured, quantile, spreadOf } from "../base/quantiles.ts";
import { PRESENT_SKIP_CAUSES, type PresentCounts } from "../present/present_messages.ts";
import { DROP_NAMES, type HistoryColumn, type HistoryRow, STAGE_NAMES } from "./history.ts";

/** What is known of a second besides its frames. */
export interface SecondContext {
  /** `null` where nothing is examined. */
  readonly loadLevel: LoadLevel | null;
}

/** What a connection carried between two readings, as this computer sees it; `null`: not measured. */
export interface Traffic {
  readonly uplinkKbps: number | null;
  readonly downlinkKbps: number | null;
}

/** A reading that comes a little late must leave no hole: the one before it counts that often. */
const ROWS_OF_A_READING = 2;

/** Gathers what happens within one second and makes a row of it. */
export class SecondMeter {
  readonly #drops = new FrameTotals();
  #samples: MetricsSample[] = [];
  #shownBefore: PresentCounts | null = null;
  #shown: PresentCounts | null = null;
  #hasResult = false;
  #traffic: Traffic | null = null;
  #trafficRows = 0;

  /** A frame was processed. */
  addResult(result: Pick<FrameResult, "counts" | "remote">): void {
    this.#drops.add(result);
    this.#hasResult = true;
  }

  /** Frames were presented. */
  addShown(counts: PresentCounts): void {
    // Of another presenter the count began anew; its first one says nothing of a rate.
    const isAnew = this.#shown === null || counts.received < this.#shown.received;
    if (isAnew) this.#shownBefore = counts;
    this.#shown = counts;
  }

  /** Results were displayed for the first time. */
  addSamples(samples: readonly MetricsSample[]): void {
    this.#samples.push(...samples);
  }

  /** What the connection carried was read. */
  addTraffic(traffic: Traffic): void {
    this.#traffic = traffic;
    this.#trafficRows = 0;
  }

  /** Another camera, or none. */
  clearSource(): void {
    this.#shown = null;
    this.#shownBefore = null;
    this.#traffic = null;
  }

  /** The row of the last `spanMs`; the next second begins. */
  take(spanMs: number, { loadLevel }: SecondContext): HistoryRow {
    const samples = this.#samples;
    const perSecond = (count: number) => count * 1000 / spanMs;
    const latency = spreadOf(measured(samples.map(({ latency_ms }) => latency_ms)));
    const receipt = spreadOf(
      samples.map(({ display_ts, received_ts }) => display_ts - received_ts),
    );
    const errors = measured(samples.map(({ clock_error_ms }) => clock_error_ms));
    const row: Partial<Record<HistoryColumn, number | null>> = {
      latencyMedianMs: latency.median,
      latencyP95Ms: latency.p95,
      receiptMedianMs: receipt.median,
      receiptP95Ms: receipt.p95,
      clockErrorMs: quantile(errors, 1),
      // Without a detector no frame can be processed, so none says nothing.
      processedFps: loadLevel === null && samples.length === 0 ? null : perSecond(samples.length),
      uplinkKbps: this.#traffic?.uplinkKbps ?? null,
      downlinkKbps: this.#traffic?.downlinkKbps ?? null,
      loadLevel: loadLevel === null ? null : LOAD_LEVELS.indexOf(loadLevel),
    };
    for (const stage of STAGE_NAMES) {
      const times = samples.flatMap(({ stages_ms }) => stages_ms[stage] ?? []);
      row[`stage.${stage}`] = quantile(times, 0.5);
    }
    // Counts come with results: without any it is not known what was dropped.
    const totals = this.#hasResult ? this.#drops.totals : null;
    if (totals !== null) {
      for (const cause of DROP_NAMES) row[`drop.${cause}`] = perSecond(totals.dropped[cause] ?? 0);
    }
    const [now, before] = [this.#shown, this.#shownBefore];
    row["drop.unread"] = null;
    if (now !== null && before !== null) {
      const received = now.received - before.received;
      row.cameraFps = perSecond(received);
      for (const cause of PRESENT_SKIP_CAUSES) {
        row[`skip.${cause}`] = perSecond(now.skipped[cause] - before.skipped[cause]);
      }
      if (totals !== null) row["drop.unread"] = perSecond(Math.max(0, received - totals.received));
    }
    this.#trafficRows += 1;
    if (this.#trafficRows === ROWS_OF_A_READING) this.#traffic = null;
    this.#begin();
    return row;
  }

  /** Forgets the second so far. */
  clear(): void {
    this.#begin();
  }

  #begin(): void {
    this.#samples = [];
    this.#shownBefore = this.#shown;
    this.#drops.reset();
    this.#hasResult = false;
  }
}
