import { FRAME_DROP_CAUSES, type FrameDropCause } from "@/protocol";
import type { InferenceStats } from "./ipc.ts";

/** Counts over all streams since the process started. */
export class Counters {
  framesReceived = 0;
  framesProcessed = 0;
  bytesReceived = 0;
  bytesSent = 0;
  /** Results that found the results channel full, or no carrier. */
  resultsUnsent = 0;
  /** Messages of a kind that their channel does not carry. */
  messagesRefused = 0;
  readonly #dropped = Object.fromEntries(
    FRAME_DROP_CAUSES.map((cause) => [cause, 0]),
  ) as Record<FrameDropCause, number>;

  /** Counts a frame that was given up. */
  drop(cause: FrameDropCause): void {
    this.#dropped[cause] += 1;
  }

  /** A copy, for the wire. */
  toStats(gauges: Pick<InferenceStats, "streams" | "rssBytes" | "maxStallMs">): InferenceStats {
    const { framesReceived, framesProcessed, bytesReceived, bytesSent } = this;
    const { messagesRefused, resultsUnsent } = this;
    return {
      ...gauges,
      framesReceived,
      framesProcessed,
      messagesRefused,
      resultsUnsent,
      bytesReceived,
      bytesSent,
      framesDropped: { ...this.#dropped },
    };
  }
}
