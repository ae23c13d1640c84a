// This module is browser compatible.
import * as v from "valibot";
import { labelledDetectionSchema } from "./detection.ts";
import { parse } from "./signal.ts";

/**
 * Label and fixed id of the phone–viewer DataChannel for what is worth nothing when it is late:
 * unordered, sent once, JSON text.
 */
export const TIMING_CHANNEL = { label: "timing", id: 1 } as const;

/** Longest message on it in UTF-16 units. */
export const MAX_TIMING_CHARS = 8 * 1024;

/** Pairs in one `capture-times` message at most. */
export const MAX_CAPTURE_PAIRS = 32;

/** Detections that a phone is shown at most. */
export const MAX_PHONE_DETECTIONS = 40;

const timeMs = v.pipe(v.number(), v.finite(), v.minValue(0));
const nonce = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31));
const rtpTimestamp = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1));

const fromPhoneTimingSchema = v.variant("type", [
  v.object({
    type: v.literal("clock-pong"),
    nonce,
    /** Ms since the epoch on the phone's clock, when the ping was answered. */
    time_ms: timeMs,
  }),
  /** When frames left the phone's encoder; only sent where it was asked for. */
  v.object({
    type: v.literal("capture-times"),
    /** RTP timestamp, and ms since the epoch on the phone's clock. */
    pairs: v.pipe(v.array(v.tuple([rtpTimestamp, timeMs])), v.maxLength(MAX_CAPTURE_PAIRS)),
    /** What encoding took on average over the last moments, ms; `null`: not known. */
    encode_ms: v.nullable(timeMs),
  }),
]);
/** What a phone sends on the timing channel. */
export type FromPhoneTiming = v.InferOutput<typeof fromPhoneTimingSchema>;

const fromViewerTimingSchema = v.variant("type", [
  v.object({ type: v.literal("clock-ping"), nonce }),
  /** What was found on the phone's picture, for its own screen; a few times a second at most. */
  v.object({
    type: v.literal("detections"),
    detections: v.pipe(v.array(labelledDetectionSchema), v.maxLength(MAX_PHONE_DETECTIONS)),
  }),
]);
/** What a viewer sends on the timing channel. */
export type FromViewerTiming = v.InferOutput<typeof fromViewerTimingSchema>;

/** Parses what a phone sent. @throws {SyntaxError | TypeError | RangeError} If it is not a message. */
export function parsePhoneTiming(text: string): FromPhoneTiming {
  return parse(fromPhoneTimingSchema, bounded(text));
}

/** Parses what a viewer sent. @throws {SyntaxError | TypeError | RangeError} If it is not a message. */
export function parseViewerTiming(text: string): FromViewerTiming {
  return parse(fromViewerTimingSchema, bounded(text));
}

function bounded(text: string): string {
  if (text.length <= MAX_TIMING_CHARS) return text;
  throw new RangeError(`Cannot accept timing message: ${text.length} characters`);
}
