import { MAX_JPEG_SIDE_PX, type WireDetection } from "@/protocol";
import {
  DETECTION_VALUES,
  type FrameLayout,
  type Vision,
  VisionError,
  type VisionErrorCode,
} from "@/vision";
import { nowMs } from "./clock.ts";
import type { LaneFailure, LaneJob, LaneResult } from "./lane_messages.ts";
import type { ModelSession } from "./session.ts";
import type { ServerStageClock } from "./stage_clock.ts";

/** All that the frame path needs, warmed up. */
export interface LoadedModel {
  readonly vision: Vision;
  readonly session: ModelSession;
  /** Class names in class order. */
  readonly labels: readonly string[];
}

/** What a sender's JPEG can be blamed for. */
const JPEG_ERRORS: ReadonlySet<VisionErrorCode> = new Set([
  "jpeg-bytes",
  "jpeg-truncated",
  "jpeg-format",
  "jpeg-unsupported",
  "jpeg-size",
]);

/** The frame path. */
export async function onFrame(
  job: LaneJob,
  { vision, session, labels }: LoadedModel,
  stages: ServerStageClock,
): Promise<LaneResult> {
  const { scoreThreshold, iouThreshold, classes } = job.settings;
  stages.start();
  const layout = decodeJpeg(job, vision);
  stages.end("jpegDecode");
  const input = vision.letterbox(layout);
  stages.end("letterbox");
  const output = await session.run(input);
  stages.end("run");
  vision.writeHead(output);
  vision.decode({ scoreThreshold, classes: classes === null ? null : new Set(classes) });
  stages.end("decode");
  const found = vision.nmsRaw({ iouThreshold });
  stages.end("nms");
  const inferenceTimeMs = nowMs();
  const detections = toWire(found, labels);
  stages.end("post");
  return { detections, inferenceTimeMs, stagesMs: stages.times() };
}

/**
 * Which of the named causes an error of {@linkcode onFrame} is.
 * @throws {VisionError} `core-failed`, as it came: the core is in an unknown state, for every frame.
 */
export function failureOf(error: unknown): LaneFailure {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof VisionError ? error.code : null;
  if (code === "core-failed") throw error;
  return { cause: code !== null && JPEG_ERRORS.has(code) ? "bad-jpeg" : "failed", message };
}

function decodeJpeg({ jpeg, widthPx, heightPx }: LaneJob, vision: Vision): FrameLayout {
  vision.jpegBuffer(jpeg.length).set(jpeg);
  // A picture larger than it was said to be is refused by its header, before it takes memory.
  const maxSidePx = Math.max(widthPx ?? MAX_JPEG_SIDE_PX, heightPx ?? MAX_JPEG_SIDE_PX);
  const layout = vision.readJpeg({ maxSidePx });
  const isAsSaid = layout.widthPx === (widthPx ?? layout.widthPx) &&
    layout.heightPx === (heightPx ?? layout.heightPx);
  if (isAsSaid) return layout;
  const sizes = `it is ${layout.widthPx}×${layout.heightPx}, not ${widthPx}×${heightPx}`;
  throw new VisionError("jpeg-size", `Cannot take the JPEG: ${sizes}`);
}

function toWire(values: Float32Array, labels: readonly string[]): WireDetection[] {
  const detections: WireDetection[] = [];
  for (let at = 0; at < values.length; at += DETECTION_VALUES) {
    detections.push({
      label: labels[values[at + 5]!]!,
      score: share(values[at + 4]!),
      xmin: share(values[at]!),
      ymin: share(values[at + 1]!),
      xmax: share(values[at + 2]!),
      ymax: share(values[at + 3]!),
    });
  }
  return detections;
}

/** Six digits: finer than a pixel of any frame, and a third of the text that an f32 makes. */
function share(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
