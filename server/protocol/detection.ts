// This module is browser compatible.
import * as v from "valibot";
import { CAPTURE_CLOCKS, STAGES } from "./timing.ts";

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const timeMs = v.pipe(v.number(), v.finite(), v.minValue(0));

const inputSidePx = v.pipe(v.number(), v.integer(), v.minValue(1));
const perSecond = v.pipe(v.number(), v.finite());

/** One detection with its class by name, as it is sent: xyxy in [0, 1] of the video frame, padding removed. */
export const labelledDetectionSchema = v.object({
  label: v.string(),
  score: share,
  xmin: share,
  ymin: share,
  xmax: share,
  ymax: share,
  /** Stays with the object from frame to frame; `null` until it was seen twice. */
  track_id: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
  /** Movement of the box's centre and size, in shares of the frame per second. */
  velocity: v.optional(v.nullable(
    v.object({ x: perSecond, y: perSecond, width: perSecond, height: perSecond }),
  )),
});
/** See {@linkcode labelledDetectionSchema}. */
export type LabelledDetection = v.InferOutput<typeof labelledDetectionSchema>;

/** Stages of a frame on the server, in order; a part of {@linkcode STAGES} and what only it has. */
export const SERVER_STAGES = [
  "jpegDecode",
  ...STAGES.filter((stage) => stage !== "wait" && stage !== "grab"),
] as const;

/** What the server answers to one frame, as one JSON text. Times are ms on the server's clock. */
export const frameResultSchema = v.object({
  /** Decimal text of the frame's id. */
  frame_id: v.pipe(v.string(), v.regex(/^\d{1,10}$/)),
  /** As the sender gave it; `null` when it gave none. */
  capture_ts: v.nullable(timeMs),
  /** When the last byte of the frame had arrived. */
  recv_ts: timeMs,
  /** When the detections were ready. */
  inference_ts: timeMs,
  detections: v.pipe(v.array(labelledDetectionSchema), v.maxLength(300)),
  /** Under the score that was asked for, but where a known object was to be expected. */
  weak_detections: v.optional(v.pipe(v.array(labelledDetectionSchema), v.maxLength(300))),
  /** Names the sequence that `track_id`s count in; with another number ids begin anew. */
  track_epoch: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** What `capture_ts` is made from; `null` when it is not known. */
  capture_clock: v.optional(v.nullable(v.picklist(CAPTURE_CLOCKS))),
  /** Id of the model that was run. */
  model_id: v.string(),
  /** Size of the input that it was run with: width, height in px. */
  input_px: v.optional(v.tuple([inputSidePx, inputSidePx])),
  /** Of a picture by itself: its size upright, px, and EXIF's number of how it was turned; 1: not at all. */
  picture: v.optional(v.object({
    width: inputSidePx,
    height: inputSidePx,
    orientation: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8)),
  })),
  /** Duration of each stage on the server, ms. */
  stages_ms: v.record(v.string(), timeMs),
  /** How long the frame waited for its turn, ms. */
  queue_ms: timeMs,
});
/** See {@linkcode frameResultSchema}. */
export type FrameResultMessage = v.InferOutput<typeof frameResultSchema>;

/** Why the server gives a frame up. One closed list for messages, counters and tests. */
export const FRAME_DROP_CAUSES = [
  /** A newer frame of the same stream took its waiting place. */
  "superseded",
  /** It was older than the deadline on arrival, or grew so while it waited. */
  "expired",
  /** Chunks of it never came. */
  "incomplete",
  /** Its bytes are not a JPEG that we take. */
  "bad-jpeg",
  /** It has more pixels, or more scans, than pages make for the models here. */
  "too-costly",
  /** Its chunks contradict each other or our limits. */
  "bad-frame",
  /** Its id was seen before. */
  "replayed",
  /** More frames than a stream may send. */
  "too-fast",
  /** The model or the process failed. */
  "failed",
] as const;
/** See {@linkcode FRAME_DROP_CAUSES}. */
export type FrameDropCause = (typeof FRAME_DROP_CAUSES)[number];

/** Instead of a result: the frame was given up, so that its place in the window is free again. */
export const frameDropSchema = v.object({
  type: v.literal("drop"),
  frame_id: v.pipe(v.string(), v.regex(/^\d{1,10}$/)),
  cause: v.picklist(FRAME_DROP_CAUSES),
});
/** See {@linkcode frameDropSchema}. */
export type FrameDropMessage = v.InferOutput<typeof frameDropSchema>;

/** What comes back on the results channel: a result, a drop, or an answer to a clock ping. */
export const fromInferenceSchema = v.union([
  frameResultSchema,
  frameDropSchema,
  v.object({
    type: v.literal("clock-pong"),
    nonce: v.pipe(v.number(), v.integer()),
    /** Ms since the epoch on the server's clock, when the ping was answered. */
    time_ms: timeMs,
  }),
]);
/** See {@linkcode fromInferenceSchema}. */
export type FromInferenceMessage = v.InferOutput<typeof fromInferenceSchema>;

/** What goes out on the results channel. */
export const toInferenceSchema = v.strictObject({
  type: v.literal("clock-ping"),
  nonce: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31)),
});
