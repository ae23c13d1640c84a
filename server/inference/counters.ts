import { FRAME_DROP_CAUSES, type FrameDropCause, SERVER_STAGES } from "@/protocol";
import { BucketCounter, LATENCY_BOUNDS_MS } from "../base/bucket_counts.ts";
import type { InferenceStats } from "./ipc.ts";
import type { LaneResult } from "./lane_messages.ts";

/** What is timed of a frame: how long it waited for its turn, then the stages of the frame path. */
export const TIMED_STAGES = ["queue", ...SERVER_STAGES] as const;

/** What {@linkcode Counters} does not know by itself. */
export type StatsOfNow = Pick<
  InferenceStats,
  "streams" | "ways" | "rssBytes" | "cpuMs" | "maxStallMs" | "lagMs"
>;

/** Counts over all streams since the process started. */
export class Counters {
  framesReceived = 0;
  framesProcessed = 0;
  bytesReceived = 0;
  bytesSent = 0;
  /** Results that found the results channel full, or no transport. */
  resultsUnsent = 0;
  /** Messages of a kind that their channel does not carry. */
  messagesRefused = 0;
  /** Offers that were not answered, and candidates that were not used. */
  readonly signalsRefused = { "no-port": 0, "bad-offer": 0, "too-fast": 0, candidate: 0 };
  /** Models that were asked for and not loaded at once. */
  readonly modelsRefused = { "too-fast": 0, "too-many": 0 };
  readonly #dropped = Object.fromEntries(
    FRAME_DROP_CAUSES.map((cause) => [cause, 0]),
  ) as Record<FrameDropCause, number>;
  readonly #stagesMs = new Map<string, BucketCounter>(
    TIMED_STAGES.map((stage) => [stage, new BucketCounter(LATENCY_BOUNDS_MS)]),
  );
  readonly #frameMs = new BucketCounter(LATENCY_BOUNDS_MS);

  /** Counts a frame that was given up. */
  drop(cause: FrameDropCause): void {
    this.#dropped[cause] += 1;
  }

  /** Counts a frame that was examined. @param frameMs From its last byte to its detections. */
  processed({ stagesMs }: LaneResult, times: { queueMs: number; frameMs: number }): void {
    this.framesProcessed += 1;
    this.lasted("queue", times.queueMs);
    for (const [stage, durationMs] of Object.entries(stagesMs)) this.lasted(stage, durationMs);
    this.#frameMs.record(Math.max(0, times.frameMs));
  }

  /** Counts how long one stage of a frame lasted. */
  lasted(stage: string, durationMs: number | undefined): void {
    if (durationMs !== undefined) this.#stagesMs.get(stage)?.record(Math.max(0, durationMs));
  }

  /** A copy, to be sent. */
  toStats(gauges: StatsOfNow): InferenceStats {
    const { framesReceived, framesProcessed, bytesReceived, bytesSent } = this;
    const { messagesRefused, resultsUnsent } = this;
    return {
      ...gauges,
      framesReceived,
      framesProcessed,
      messagesRefused,
      signalsRefused: { ...this.signalsRefused },
      modelsRefused: { ...this.modelsRefused },
      resultsUnsent,
      bytesReceived,
      bytesSent,
      framesDropped: { ...this.#dropped },
      stagesMs: Object.fromEntries(
        [...this.#stagesMs].map(([stage, counter]) => [stage, counter.read()]),
      ),
      frameMs: this.#frameMs.read(),
    };
  }
}
