import type { MetricsSample } from "@/protocol";
import type { FrameResult } from "../inference/worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { ShownFrame } from "../present/present_messages.ts";
import type { CaptureTime } from "../time/capture_time.ts";

/** Results that wait to be displayed; what is older will not be any more. */
const MAX_WAITING = 64;

/** Says when a frame was captured, as well as it is known by now. */
export type CaptureOf = (key: FrameKey | null, receivedAtMs: number) => CaptureTime;

/** Joins each result with the first frame that showed it: one sample for each. */
export class SampleLog {
  readonly #captureOf: CaptureOf;
  readonly #waiting = new Map<string, FrameResult>();

  constructor(captureOf: CaptureOf) {
    this.#captureOf = captureOf;
  }

  /** A frame was processed. A result without a key cannot be told from others on the screen. */
  addResult(result: FrameResult): void {
    if (result.key === null) return;
    this.#waiting.set(nameOf(result.key), result);
    if (this.#waiting.size > MAX_WAITING) {
      this.#waiting.delete(this.#waiting.keys().next().value!);
    }
  }

  /** A frame was presented; the sample if it was the first with the boxes of its result. */
  addShown(shown: ShownFrame): MetricsSample | null {
    // In `synced`, a frame between two processed ones comes before the later one itself is shown.
    if (shown.resultKey === null || shown.boxes === "between") return null;
    // So does one on a busy machine, where the detector has a frame before the screen has it.
    if (shown.ageMs !== null && shown.ageMs < 0) return null;
    const name = nameOf(shown.resultKey);
    const result = this.#waiting.get(name);
    if (result === undefined) return null;
    this.#waiting.delete(name);
    const receivedAtMs = result.grabbedAtMs - result.waitedMs;
    return toSample(result, shown, this.#captureOf(result.key, receivedAtMs));
  }

  /** The source changed. */
  clear(): void {
    this.#waiting.clear();
  }
}

function nameOf({ clock, value }: FrameKey): string {
  return `${clock} ${value}`;
}

function toSample(result: FrameResult, shown: ShownFrame, capture: CaptureTime): MetricsSample {
  const { remote, stages, detections, grabbedAtMs, waitedMs, readyAtMs } = result;
  const receivedTs = grabbedAtMs - waitedMs;
  const recvTs = remote === undefined
    ? receivedTs
    : remote.clock === null
    ? null
    : remote.recvTimeMs - remote.clock.offsetMs;
  const isEndToEnd = capture.clock !== "receiveTime";
  return {
    capture_ts: capture.timeMs,
    capture_clock: capture.clock,
    clock_error_ms: capture.errorMs,
    received_ts: receivedTs,
    recv_ts: recvTs,
    display_ts: shown.displayedAtMs,
    latency_ms: isEndToEnd ? shown.displayedAtMs - capture.timeMs : null,
    network_ms: isEndToEnd && recvTs !== null ? recvTs - capture.timeMs : null,
    server_ms: remote?.serverMs ?? null,
    boxes: shown.boxes,
    age_ms: shown.ageMs,
    detections: detections.length,
    stages_ms: {
      ...stages,
      ...(remote === undefined ? {} : { queue: remote.queueMs }),
      ...(remote?.encodeMs == null ? {} : { encode: remote.encodeMs }),
      show: Math.max(0, shown.displayedAtMs - readyAtMs),
    },
  };
}
