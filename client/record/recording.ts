import type { ServedModel } from "@/protocol";
import type { FrameResult } from "../inference/worker_messages.ts";
import type { CaptureOf } from "../metrics/sample_log.ts";
import { toCoco } from "./coco.ts";
import { DetectionLog, toNdjson } from "./detection_log.ts";
import {
  limitReached,
  type RecordedAmount,
  STOP_SENTENCES,
  type StopCause,
} from "./recording_limits.ts";
import type { RunningVideo, VideoEvents } from "./video_recorder.ts";

/** idle → recording → saving → done → recording …; one that does not start stays what it was. */
export type RecordingView =
  | { readonly kind: "idle" }
  | ({ readonly kind: "recording" } & RecordedAmount)
  /** It has ended, and its file is being made. */
  | ({ readonly kind: "saving" } & RecordedAmount)
  /** `why`: a sentence where it was not the person who ended it. */
  | ({ readonly kind: "done"; readonly why: string | null } & RecordedAmount);

/** What a recording leaves: the video, and what was found, in two forms. */
export type RecordedFile = "video" | "ndjson" | "coco";

/** What a recording is made of, and whom it tells. */
export interface RecordingOptions {
  /** Ms since the epoch. */
  epochMs(): number;
  readonly captureOf: CaptureOf;
  /** `null`: there is no picture, or this browser cannot record it. */
  startVideo(hasBoxes: boolean, events: VideoEvents): RunningVideo | null;
  onView(view: RecordingView): void;
}

interface Running {
  readonly video: RunningVideo;
  readonly log: DetectionLog;
  readonly startedAtMs: number;
  /** When it was ended; its file may take a moment. `null`: it runs. */
  endedAtMs: number | null;
  /** Since when nobody sees the page that paints its picture; `null`: somebody does. */
  unseenSinceMs: number | null;
  /** How long the picture stood still for that. */
  gapMs: number;
  readonly hasBoxes: boolean;
  /** The first cause counts. `null`: nobody has stopped it. */
  cause: StopCause | null;
}

interface Finished {
  readonly name: string;
  readonly video: Blob;
  readonly log: DetectionLog;
  readonly startedAtMs: number;
}

/** Records picture and detections at once, within limits, and keeps the last recording. */
export class Recording {
  readonly #options: RecordingOptions;
  #running: Running | null = null;
  #finished: Finished | null = null;
  #labels: readonly string[] = [];

  constructor(options: RecordingOptions) {
    this.#options = options;
  }

  /** Starts one, or ends the present one. @returns Whether that could be done. */
  toggle(hasBoxes: boolean): boolean {
    if (this.#running === null) return this.#start(hasBoxes);
    this.#stop("person");
    return true;
  }

  /** A frame was processed. */
  addResult(result: FrameResult, model: Pick<ServedModel, "id" | "labels"> | null): void {
    const running = this.#running;
    if (running === null || running.endedAtMs !== null) return;
    if (this.#labels.length === 0) this.#labels = model?.labels ?? [];
    const { captureOf, epochMs } = this.#options;
    const capture = captureOf(result.key, result.grabbedAtMs - result.waitedMs);
    running.log.add(result, { model, capture, nowMs: epochMs() });
  }

  /** Somebody sees the page, or nobody does any more: then boxes are not painted, nor the picture. */
  setSeen(isSeen: boolean): void {
    const running = this.#running;
    if (running === null || running.endedAtMs !== null) return;
    const nowMs = this.#options.epochMs();
    running.gapMs = gapMs(running, nowMs);
    running.unseenSinceMs = isSeen || !running.hasBoxes ? null : nowMs;
  }

  /** To be called a few times a second. */
  tick(): void {
    const running = this.#running;
    if (running === null || running.endedAtMs !== null) return;
    const amount = this.#amount(running, running.video.bytes);
    this.#options.onView({ kind: "recording", ...amount });
    const limit = limitReached(amount);
    if (limit !== null) this.#stop(limit);
  }

  /** A file of the last recording; `null`: there is none. */
  file(kind: RecordedFile): { readonly name: string; readonly blob: Blob } | null {
    const finished = this.#finished;
    if (finished === null) return null;
    const { name, video, log, startedAtMs } = finished;
    const videoName = `${name}.${video.type === "video/mp4" ? "mp4" : "webm"}`;
    switch (kind) {
      case "video":
        return { name: videoName, blob: video };
      case "ndjson": {
        const blob = new Blob([toNdjson(log.frames)], { type: "application/x-ndjson" });
        return { name: `${name}.ndjson`, blob };
      }
      case "coco": {
        const coco = toCoco(log.frames, {
          labels: this.#labels,
          videoName,
          createdAtMs: startedAtMs,
        });
        const blob = new Blob([`${JSON.stringify(coco)}\n`], { type: "application/json" });
        return { name: `${name}.coco.json`, blob };
      }
    }
  }

  #start(hasBoxes: boolean): boolean {
    const startedAtMs = this.#options.epochMs();
    const video = this.#options.startVideo(hasBoxes, {
      onOver: (hasFailed) => this.#over(hasFailed),
      onFile: (file) => this.#done(file),
    });
    if (video === null) return false;
    // Two at once would be twice the limit.
    this.#finished = null;
    this.#labels = [];
    this.#running = {
      video,
      log: new DetectionLog(startedAtMs),
      startedAtMs,
      endedAtMs: null,
      unseenSinceMs: null,
      gapMs: 0,
      hasBoxes,
      cause: null,
    };
    this.tick();
    return true;
  }

  #stop(cause: StopCause): void {
    const running = this.#running;
    if (running === null || running.cause !== null) return;
    this.#freeze(running, cause);
    running.video.stop();
  }

  #over(hasFailed: boolean): void {
    const running = this.#running;
    if (running === null) return;
    if (hasFailed) running.cause = "failed";
    this.#freeze(running, "source");
  }

  #done(file: Blob): void {
    const running = this.#running;
    if (running === null) return;
    this.#running = null;
    const { log, startedAtMs } = running;
    this.#finished = { name: recordingName(startedAtMs), video: file, log, startedAtMs };
    const { cause } = running;
    const why = cause === null || cause === "person" ? null : STOP_SENTENCES[cause];
    this.#options.onView({ kind: "done", why, ...this.#amount(running, file.size) });
  }

  /** It has ended, for this cause where there is none yet. */
  #freeze(running: Running, cause: StopCause): void {
    running.cause ??= cause;
    running.endedAtMs ??= this.#options.epochMs();
    running.gapMs = gapMs(running, running.endedAtMs);
    running.unseenSinceMs = null;
    this.#options.onView({ kind: "saving", ...this.#amount(running, running.video.bytes) });
  }

  #amount(running: Running, bytes: number): RecordedAmount {
    const { log, startedAtMs, endedAtMs } = running;
    const nowMs = endedAtMs ?? this.#options.epochMs();
    return {
      elapsedMs: nowMs - startedAtMs,
      gapMs: gapMs(running, nowMs),
      bytes,
      frames: log.frames.length,
      detections: log.detectionCount,
    };
  }
}

function gapMs({ gapMs, unseenSinceMs }: Running, nowMs: number): number {
  return unseenSinceMs === null ? gapMs : gapMs + nowMs - unseenSinceMs;
}

/** A file's name without its ending. */
export function recordingName(atMs: number): string {
  return `peerlens-${new Date(atMs).toISOString().replaceAll(":", "-").slice(0, 19)}`;
}
