import type { LabelledDetection, ServedModel } from "@/protocol";
import type { TrackedDetection } from "@/vision";
import type { FrameResult } from "../inference/worker_messages.ts";
import type { CaptureTime } from "../time/capture_time.ts";

/** One processed frame, as one line of NDJSON. */
export type LoggedFrame = ReturnType<typeof toLogged>;

/** What a log needs besides the result itself. */
export interface LogContext {
  readonly model: Pick<ServedModel, "id" | "labels"> | null;
  readonly capture: CaptureTime;
  /** Now, ms since the epoch. */
  readonly nowMs: number;
}

/** What was found while a recording ran. Whoever fills it keeps it within the recording's limits. */
export class DetectionLog {
  readonly #startedAtMs: number;
  readonly #frames: LoggedFrame[] = [];
  #detections = 0;

  /** @param startedAtMs Ms since the epoch; frames received before are not of this recording. */
  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  get frames(): readonly LoggedFrame[] {
    return this.#frames;
  }

  /** On all frames together. */
  get detectionCount(): number {
    return this.#detections;
  }

  /** A frame was processed. */
  add(result: FrameResult, { model, capture, nowMs }: LogContext): void {
    const recvTs = result.grabbedAtMs - result.waitedMs;
    if (recvTs < this.#startedAtMs) return;
    const timeS = (recvTs - this.#startedAtMs) / 1000;
    this.#detections += result.detections.length;
    this.#frames.push(
      toLogged(result, { model, capture, nowMs, timeS, id: this.#frames.length + 1 }),
    );
  }
}

/** One JSON text a line, each of one processed frame. */
export function toNdjson(frames: readonly LoggedFrame[]): string {
  return frames.map((frame) => `${JSON.stringify(frame)}\n`).join("");
}

/** Times are ms since the epoch on this page's clock; fields of the protocol keep their names. */
function toLogged(
  result: FrameResult,
  { model, capture, nowMs, timeS, id }: LogContext & {
    readonly timeS: number;
    readonly id: number;
  },
) {
  const labels = model?.labels ?? [];
  return {
    /** Decimal text, from 1. */
    frame_id: String(id),
    /** Since the recording began. */
    time_s: rounded(timeS, 3),
    capture_ts: rounded(capture.timeMs, 1),
    /** What `capture_ts` is made from; `receiveTime` says nothing about the way before. */
    capture_clock: capture.clock,
    /** When it came from the camera's stream. */
    recv_ts: rounded(result.grabbedAtMs - result.waitedMs, 1),
    /** When its detections were there. */
    inference_ts: rounded(nowMs, 1),
    model_id: model?.id ?? null,
    width_px: result.widthPx,
    height_px: result.heightPx,
    detections: result.detections.map((one) => toMessage(one, labels)),
  };
}

function toMessage(
  { box, score, classId, trackId }: TrackedDetection,
  labels: readonly string[],
): LabelledDetection {
  const { xmin, ymin, xmax, ymax } = box;
  return {
    label: labels[classId] ?? `class ${classId}`,
    score: rounded(score, 4),
    xmin: rounded(xmin, 5),
    ymin: rounded(ymin, 5),
    xmax: rounded(xmax, 5),
    ymax: rounded(ymax, 5),
    track_id: trackId,
  };
}

/** More digits than were measured only make the file large. */
function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
