import {
  FRAME_DEADLINE_MS,
  type FrameDropCause,
  type FromInferenceMessage,
  fromInferenceSchema,
  parse,
  type ServedModel,
  type StreamSettings,
} from "@/protocol";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import type { CaptureTime } from "../time/capture_time.ts";
import type { Detector, DetectorEvents, DetectorState, FrameFeed } from "./detector.ts";
import { type Effort, effortFor } from "./effort.ts";
import type { EncodedFrame } from "./encoder_messages.ts";
import { FrameEncoder } from "./frame_encoder.ts";
import { FramePace } from "./frame_pace.ts";
import { FrameWindow } from "./frame_window.ts";
import type { FrameStream, FrameStreamEvents, FrameStreamState } from "./frame_stream.ts";
import { NETWORK_TARGET_MS, startQuality, stepQuality } from "./jpeg_quality.ts";
import { median } from "../base/quantiles.ts";
import { remoteResult, type SentFrame } from "./remote_result.ts";
import { endedWords, waitingWords } from "./remote_words.ts";
import { ServerPulse } from "./server_pulse.ts";
import type { WorkerHandle } from "./worker_host.ts";
import type { DetectionSettings, FrameCounts, RemoteTimes } from "./worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";

/** What a detector is made of, and whom it tells. */
export interface RemoteDetectorOptions extends DetectorEvents {
  readonly model: ServedModel;
  readonly settings: DetectionSettings;
  readonly timers: Timers;
  readonly log: Log;
  /** Ms since the epoch; the clock of all times that leave this page. */
  epochMs(): number;
  /** When the camera took the frame that this page received at `receivedAtMs`; both on that clock. */
  captureOf(key: FrameKey | null, receivedAtMs: number): CaptureTime;
  /** Makes an encode Worker that has not been sent anything yet. */
  startWorker(): WorkerHandle;
  /** Opens a stream to the server; its events come after this has returned. */
  openStream(settings: StreamSettings, events: FrameStreamEvents): FrameStream;
}

/** An answer after this long is worth nothing: its slot serves a newer frame. */
export const SLOT_TIMEOUT_MS = 2 * FRAME_DEADLINE_MS;

/** With more than this not sent yet, the network is slow: another frame would only queue. */
const MAX_BUFFERED_BYTES = 16 * 1024;

/** How soon a slow network is looked at again. */
const DRAIN_MS = 20;

/**
 * Detection on the server: a frame is made into a JPEG only when there is room for it on the way,
 * and what comes back is matched by its id.
 */
export class RemoteDetector implements Detector {
  readonly #options: RemoteDetectorOptions;
  readonly #stream: FrameStream;
  readonly #encoder: FrameEncoder;
  readonly #pulse: ServerPulse;
  readonly #classIds: ReadonlyMap<string, number>;
  readonly #window = new FrameWindow<SentFrame>(SLOT_TIMEOUT_MS);
  readonly #pace = new FramePace();
  readonly #serverDrops: Partial<Record<FrameDropCause, number>> = {};
  #effort: Effort = effortFor("full", "balanced");
  #quality = startQuality(this.#effort.quality);
  #streamState: FrameStreamState = { kind: "connecting" };
  #processed = 0;
  #recent: (RemoteTimes & { readonly roundTripMs: number })[] = [];
  /** Tells the server the frames of one feed from those of another. */
  #source = 0;
  #isOver = false;
  #pumpTimer: number | undefined;

  constructor(options: RemoteDetectorOptions) {
    this.#options = options;
    const { model, timers, epochMs, startWorker, openStream } = options;
    this.#classIds = new Map(model.labels.map((label, classId) => [label, classId]));
    this.#pulse = new ServerPulse({
      timers,
      epochMs,
      sendText: (text) => this.#stream.sendText(text),
      onBeat: () => this.#onBeat(),
      onSilent: () => this.#stream.giveUpTransport(),
    });
    this.#encoder = new FrameEncoder({
      target: { input: model.input, sizeLevel: 0, boundPx: null },
      startWorker,
      onReady: (isReady) => this.#onEncoder(isReady),
      onFrame: (frame) => this.#sendFrame(frame),
      onSkipped: (frameId) => {
        this.#window.release(frameId);
        this.#pump();
      },
      onFailed: (state) => this.#fail(state),
    });
    this.#stream = openStream(this.#toStream(options.settings), {
      onState: (state) => this.#onStream(state),
      onText: (text) => this.#onText(text),
    });
  }

  /**
   * What a frame may be expected to take while none is under way: this browser's own encoding, the
   * way there and back, and the server's own run, each as measured; `null` while one is not.
   */
  get expectedMs(): number | null {
    const state = this.#streamState;
    const { warmEncodeMs } = this.#encoder;
    const { clock } = this.#pulse;
    if (state.kind !== "open" || state.runMs === null) return null;
    if (warmEncodeMs === null || clock === null) return null;
    return warmEncodeMs + clock.roundTripMs + state.runMs;
  }

  setFeed(feed: FrameFeed | null): void {
    this.#source = (this.#source + 1) & 0xffff;
    this.#encoder.setFeed(feed);
    this.#window.releaseAwaited();
    // Their results would be drawn over another source.
    this.#window.loseSent();
    this.#pump();
  }

  setSettings(settings: DetectionSettings): void {
    this.#stream.setSettings(this.#toStream(settings));
  }

  setEffort(effort: Effort): void {
    this.#effort = effort;
    this.#pace.set(effort.minIntervalMs);
    this.#quality = stepQuality(this.#quality, null, effort.quality);
    this.#pump();
  }

  close(): void {
    this.#isOver = true;
    this.#options.timers.clearTimeout(this.#pumpTimer);
    this.#pulse.stop();
    this.#encoder.close();
    this.#stream.close();
  }

  #toStream({ scoreThreshold, iouThreshold, classes }: DetectionSettings): StreamSettings {
    const modelId = this.#options.model.id;
    return { modelId, scoreThreshold, iouThreshold, classes: classes && [...classes] };
  }

  #fail(state: Extract<DetectorState, { kind: "failed" }>): void {
    this.close();
    this.#options.onState(state);
  }

  #onEncoder(isReady: boolean): void {
    if (!isReady) this.#window.releaseAwaited();
    this.#tellState();
    this.#pump();
  }

  #onStream(state: FrameStreamState): void {
    if (this.#isOver) return;
    const before = this.#streamState;
    this.#streamState = state;
    if (state.kind === "ended") return this.#fail({ kind: "failed", ...endedWords(state.cause) });
    const transportBefore = before.kind === "open" ? before.transport : null;
    const transport = state.kind === "open" ? state.transport : null;
    if (transport !== transportBefore) {
      // What was on the old transport is gone.
      this.#window.loseSent();
      this.#recent = [];
      if (transport === null) this.#pulse.stop();
      else this.#pulse.start();
    }
    this.#tellState();
    this.#pump();
  }

  #tellState(): void {
    const state = this.#streamState;
    const { onState } = this.#options;
    if (state.kind === "waiting") {
      return onState({ kind: "waiting", message: waitingWords(state.cause) });
    }
    if (state.kind !== "open" || this.#encoder.warmEncodeMs === null) {
      return onState({ kind: "connecting" });
    }
    onState({ kind: "connected", transport: state.transport, runMs: state.runMs });
  }

  /** Asks for frames while there is room on the way; comes back by itself when that may change. */
  #pump(): void {
    const { timers, epochMs, model, onLoss } = this.#options;
    timers.clearTimeout(this.#pumpTimer);
    if (this.#isOver) return;
    const nowMs = epochMs();
    for (const { receivedAtMs } of this.#window.expire(nowMs)) onLoss(nowMs - receivedAtMs);
    if (this.#streamState.kind !== "open" || !this.#encoder.canEncode) return;
    if (this.#stream.bufferedBytes > MAX_BUFFERED_BYTES) return this.#pumpIn(DRAIN_MS);

    const { sizeLevel, boundPx } = this.#effort;
    const target = { input: model.input, sizeLevel, boundPx };
    for (;;) {
      const sinceMs = this.#pace.turnAtMs;
      if (sinceMs === null || sinceMs > nowMs) break;
      const frameId = this.#window.take(this.#effort.inFlight);
      if (frameId === null) break;
      this.#pace.taken(nowMs);
      this.#encoder.ask({ frameId, sinceMs, target, quality: this.#quality.quality });
    }
    const { turnAtMs } = this.#pace;
    const expiryMs = this.#window.nextExpiryMs();
    if (turnAtMs !== null && turnAtMs > nowMs) this.#pumpIn(turnAtMs - nowMs);
    else if (expiryMs !== null) this.#pumpIn(expiryMs - nowMs);
  }

  #pumpIn(delayMs: number): void {
    this.#pumpTimer = this.#options.timers.setTimeout(() => this.#pump(), delayMs);
  }

  #sendFrame({ jpeg, ...frame }: EncodedFrame): void {
    const { frameId, widthPx, heightPx, receivedAtMs } = frame;
    if (!this.#window.isAwaited(frameId)) return;
    const nowMs = this.#options.epochMs();
    const ageMs = Math.max(0, Math.round(nowMs - receivedAtMs));
    const { clock } = this.#pulse;
    const capture = this.#options.captureOf(frame.key, receivedAtMs);
    const captured = clock === null
      ? { captureTimeMs: null, captureClock: null }
      : { captureTimeMs: capture.timeMs + clock.offsetMs, captureClock: capture.clock };
    const isSent = ageMs < FRAME_DEADLINE_MS &&
      this.#stream.sendFrame({
        ...{ frameId, widthPx, heightPx, ...captured, ageMs, jpeg },
        source: this.#source,
      });
    if (isSent) {
      this.#window.sent(frameId, { ...frame, jpegBytes: jpeg.length, sentAtMs: nowMs }, nowMs);
    } else {
      this.#window.unsent(frameId);
      this.#options.onLoss(ageMs);
    }
    this.#pump();
  }

  #onText(text: string): void {
    if (this.#isOver) return;
    this.#pulse.heard();
    try {
      this.#receive(parse(fromInferenceSchema, text));
    } catch (error) {
      this.#options.log(`ignored a message of the server that does not fit: ${error}`);
    }
    this.#pump();
  }

  #receive(message: FromInferenceMessage): void {
    const nowMs = this.#options.epochMs();
    if (!("type" in message)) {
      const sent = this.#window.settle(Number(message.frame_id));
      if (sent === null) return;
      this.#processed += 1;
      const { clock } = this.#pulse;
      const context = { sent, classIds: this.#classIds, counts: this.#counts(), clock, nowMs };
      const result = remoteResult(message, context);
      this.#recent.push(result.remote);
      return this.#options.onResult(result);
    }
    if (message.type === "clock-pong") return this.#pulse.pong(message.nonce, message.time_ms);
    const sent = this.#window.giveUp(Number(message.frame_id));
    if (sent === null) return;
    this.#serverDrops[message.cause] = (this.#serverDrops[message.cause] ?? 0) + 1;
    this.#options.onLoss(nowMs - sent.receivedAtMs);
  }

  #counts(): FrameCounts {
    const { received, superseded, error } = this.#encoder.counts;
    const dropped: Record<string, number> = { superseded, error, ...this.#window.dropped };
    for (const [cause, count] of Object.entries(this.#serverDrops)) {
      dropped[cause] = (dropped[cause] ?? 0) + count;
    }
    return { received, processed: this.#processed, dropped };
  }

  #onBeat(): void {
    const roundTripMs = median(this.#recent.map((times) => times.roundTripMs));
    const serverMs = median(this.#recent.map((times) => times.serverMs));
    this.#recent = [];
    const sample = roundTripMs === null || serverMs === null
      ? null
      : { roundTripMs, targetMs: serverMs + NETWORK_TARGET_MS };
    this.#quality = stepQuality(this.#quality, sample, this.#effort.quality);
    this.#pump();
  }
}
