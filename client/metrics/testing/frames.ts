import type { FrameCounts, FrameResult } from "../../inference/worker_messages.ts";
import {
  NONE_SKIPPED,
  type PresentCounts,
  type ShownFrame,
} from "../../present/present_messages.ts";

/** A frame that came at `receivedAtMs` and was examined, with this RTP timestamp. */
export function resultOf(
  rtp: number,
  receivedAtMs: number,
  more: Partial<FrameResult> = {},
): FrameResult {
  return {
    key: { clock: "rtp", value: rtp },
    widthPx: 640,
    heightPx: 480,
    inputPx: null,
    detections: [],
    weak: [],
    trackEpoch: null,
    stages: { grab: 1, letterbox: 2, run: 30, decode: 1, nms: 0, post: 0 },
    grabbedAtMs: receivedAtMs + 5,
    waitedMs: 5,
    readyAtMs: receivedAtMs + 38,
    isPresented: true,
    counts: countsOf(1, 1),
    ...more,
  };
}

/** Counts of a detector. */
export function countsOf(
  received: number,
  processed: number,
  dropped: FrameCounts["dropped"] = {},
): FrameCounts {
  return { received, processed, dropped };
}

/** A shown frame with boxes of the frame `resultRtp`. */
export function shownOf(
  rtp: number,
  resultRtp: number | null,
  displayedAtMs: number,
  more: Partial<ShownFrame> = {},
): ShownFrame {
  const boxes = resultRtp === null ? "none" : resultRtp === rtp ? "own" : "predicted";
  return {
    key: { clock: "rtp", value: rtp },
    receivedAtMs: displayedAtMs - 20,
    displayedAtMs,
    isFirst: true,
    boxes,
    resultKey: resultRtp === null ? null : { clock: "rtp", value: resultRtp },
    ageMs: resultRtp === null ? null : (rtp - resultRtp) / 90,
    ...more,
  };
}

/** Counts of a presenter. */
export function presented(more: Partial<PresentCounts> = {}): PresentCounts {
  return {
    received: 0,
    shown: 0,
    skipped: NONE_SKIPPED,
    paired: 0,
    unpaired: 0,
    fallenBack: 0,
    ...more,
  };
}
