import { type FrameResultMessage, type LabelledDetection, toMicroseconds } from "@/protocol";
import type { BoxVelocity, Detection, TrackedDetection } from "@/vision";
import type { CompleteFrame } from "./intake.ts";
import type { LaneResult, PictureFacts } from "./lane_messages.ts";
import type { FollowedFrame } from "./stream_tracker.ts";

/** What a result is made of. Times are ms since the epoch. */
export interface ResultParts {
  readonly frame: Pick<
    CompleteFrame,
    "frameId" | "captureTimeMs" | "captureClock" | "receiveTimeMs"
  >;
  readonly lane: LaneResult;
  readonly modelId: string;
  /** Class names in class order. */
  readonly labels: readonly string[];
  readonly queueMs: number;
}

/**
 * The stage `post`: has the objects followed and makes the result that is sent.
 * @param follow Ties the detections to objects; `null` where none are followed.
 */
export function toResult(
  { frame, lane, modelId, labels, queueMs }: ResultParts,
  follow: ((detections: readonly Detection[]) => FollowedFrame) | null,
): FrameResultMessage {
  const startMs = performance.now();
  const followed = follow?.(lane.detections) ?? null;
  const found = followed === null
    ? { detections: lane.detections.map((one) => toLabelled(one, labels)) }
    : {
      detections: followed.detections.map((one) => toTracked(one, labels)),
      weak_detections: followed.weak.map((one) => toTracked(one, labels)),
      track_epoch: followed.trackEpoch,
    };
  return {
    frame_id: String(frame.frameId),
    capture_ts: frame.captureTimeMs,
    capture_clock: frame.captureClock,
    recv_ts: frame.receiveTimeMs,
    inference_ts: lane.inferenceTimeMs,
    ...found,
    model_id: modelId,
    ...(lane.picture && { picture: pictureOf(lane.picture) }),
    input_px: [lane.inputPx.widthPx, lane.inputPx.heightPx],
    stages_ms: { ...lane.stagesMs, post: toMicroseconds(performance.now() - startMs) },
    queue_ms: Math.max(0, queueMs),
  };
}

function pictureOf({ widthPx, heightPx, orientation }: PictureFacts) {
  return { width: widthPx, height: heightPx, orientation };
}

function toLabelled(
  { box, score, classId }: Detection,
  labels: readonly string[],
): LabelledDetection {
  return {
    label: labels[classId]!,
    score: share(score),
    xmin: share(box.xmin),
    ymin: share(box.ymin),
    xmax: share(box.xmax),
    ymax: share(box.ymax),
  };
}

function toTracked(found: TrackedDetection, labels: readonly string[]): LabelledDetection {
  const velocity = found.velocity === null ? null : toVelocity(found.velocity);
  return { ...toLabelled(found, labels), track_id: found.trackId, velocity };
}

/** Four digits: a pixel of any frame in a tenth of a second, and half the text. */
function toVelocity({ x, y, width, height }: BoxVelocity): BoxVelocity {
  const round = (value: number) => Math.round(value * 1e4) / 1e4;
  return { x: round(x), y: round(y), width: round(width), height: round(height) };
}

/** Six digits: finer than a pixel of any frame, and a third of the text that an f32 makes. */
function share(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
