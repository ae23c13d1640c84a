import { type FrameResultMessage, type Stage, STAGES } from "@/protocol";
import type { SizePx, TrackedDetection } from "@/vision";
import type { RelayedFrame } from "./detector.ts";
import type { EncodedFrame } from "./encoder_messages.ts";
import type { RelayedAnswer } from "./flow_messages.ts";
import type { ClockEstimate } from "../time/clock_sync.ts";
import type {
  FoundInFrame,
  FrameCounts,
  FrameResult,
  RemoteTimes,
  ServerTimes,
} from "./worker_messages.ts";

/** What is kept of a frame while it is on its way. */
export interface SentFrame extends Omit<EncodedFrame, "jpeg"> {
  readonly jpegBytes: number;
  /** Ms since the epoch. */
  readonly sentAtMs: number;
}

/** What a result is made of besides the server's message. */
export interface RemoteResultContext {
  readonly sent: SentFrame;
  /** Class ids by label. */
  readonly classIds: ReadonlyMap<string, number>;
  readonly counts: FrameCounts;
  readonly clock: ClockEstimate | null;
  /** When the message came, ms since the epoch. */
  readonly nowMs: number;
}

/**
 * Ties the server's answer to the very frame that it is of.
 * @throws {TypeError} If a label is none of the model's.
 */
export function remoteResult(
  message: FrameResultMessage,
  { sent, classIds, counts, clock, nowMs }: RemoteResultContext,
): FrameResult & { readonly remote: RemoteTimes & { readonly roundTripMs: number } } {
  const { key, receivedAtMs, grabbedAtMs, sentAtMs, jpegBytes, quality, encodeMs } = sent;
  const { found, times } = answerOf(message, classIds);
  return {
    ...found,
    key,
    widthPx: sent.frameWidthPx,
    heightPx: sent.frameHeightPx,
    stages: { wait: grabbedAtMs - receivedAtMs, grab: sent.grabMs, ...found.stages },
    grabbedAtMs,
    waitedMs: grabbedAtMs - receivedAtMs,
    readyAtMs: nowMs,
    isPresented: false,
    counts,
    remote: {
      encodeMs,
      roundTripMs: nowMs - sentAtMs,
      jpegQuality: quality,
      jpegBytes,
      clock,
      ...times,
    },
  };
}

/**
 * What is in the server's answer.
 * @throws {TypeError} If a label is none of the model's.
 */
export function answerOf(
  message: FrameResultMessage,
  classIds: ReadonlyMap<string, number>,
): { readonly found: FoundInFrame; readonly times: ServerTimes } {
  return { found: foundIn(message, classIds), times: serverTimes(message) };
}

/** Ties an answer to the frame that came to this page as the server has it. */
export function relayedResult(
  { found, times, clock, readyAtMs, isPresented }: Extract<RelayedAnswer, { kind: "found" }>,
  frame: RelayedFrame,
  counts: FrameCounts,
): FrameResult {
  const { receivedAtMs, jpegBytes, ...facts } = frame;
  return {
    ...found,
    ...facts,
    grabbedAtMs: receivedAtMs,
    waitedMs: 0,
    readyAtMs,
    isPresented,
    counts,
    remote: {
      encodeMs: null,
      roundTripMs: null,
      jpegQuality: null,
      jpegBytes,
      clock,
      ...times,
    },
  };
}

function serverTimes(message: FrameResultMessage): ServerTimes {
  return {
    serverMs: message.inference_ts - message.recv_ts,
    queueMs: message.queue_ms,
    recvTimeMs: message.recv_ts,
    inferenceTimeMs: message.inference_ts,
  };
}

function foundIn(
  message: FrameResultMessage,
  classIds: ReadonlyMap<string, number>,
): FoundInFrame {
  const stages: Partial<Record<Stage, number>> = {};
  for (const stage of STAGES) {
    const durationMs = message.stages_ms[stage];
    if (durationMs !== undefined) stages[stage] = durationMs;
  }
  return {
    inputPx: toSize(message.input_px),
    detections: message.detections.map((detection) => toDetection(detection, classIds)),
    weak: (message.weak_detections ?? []).map((detection) => toDetection(detection, classIds)),
    trackEpoch: message.track_epoch ?? null,
    stages,
  };
}

function toSize(input: FrameResultMessage["input_px"]): SizePx | null {
  return input === undefined ? null : { widthPx: input[0], heightPx: input[1] };
}

function toDetection(
  { label, score, xmin, ymin, xmax, ymax, track_id: trackId, velocity }:
    FrameResultMessage["detections"][number],
  classIds: ReadonlyMap<string, number>,
): TrackedDetection {
  const classId = classIds.get(label);
  if (classId === undefined) throw new TypeError(`Cannot accept detection: label ${label}`);
  const box = { xmin, ymin, xmax, ymax };
  return { box, score, classId, trackId: trackId ?? null, velocity: velocity ?? null };
}
