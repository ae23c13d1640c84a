import {
  type FrameDropCause,
  framesAfter,
  type FromInferenceMessage,
  fromInferenceSchema,
  parse,
  type RelayedSource,
  type StreamSettings,
} from "@/protocol";
import type { Log } from "../base/log.ts";
import { StreamTopic } from "../link/stream_topic.ts";
import type { Detector, FrameFeed, RelayedFrames } from "./detector.ts";
import type { Effort } from "./effort.ts";
import type { FrameStream, FrameStreamEvents, FrameStreamState } from "./frame_stream.ts";
import type { RemoteDetectorOptions } from "./remote_detector.ts";
import { relayedResult } from "./remote_result.ts";
import { endedWords, waitingWords } from "./remote_words.ts";
import { ServerPulse } from "./server_pulse.ts";
import type { DetectionSettings, FrameCounts } from "./worker_messages.ts";

/** What a detector is made of, and whom it tells. */
export interface RelayedDetectorOptions
  extends Omit<RemoteDetectorOptions, "startWorker" | "openStream"> {
  readonly frames: RelayedFrames;
  readonly log: Log;
  /** Opens a stream of relayed pictures; its events come after this has returned. */
  openStream(
    settings: StreamSettings,
    events: FrameStreamEvents,
    relayed: RelayedSource,
  ): FrameStream;
}

/** The server is told anew when what is known of both clocks has moved by this. */
const CLOCK_STEP_MS = 5;

/**
 * Detection on the server, of pictures that it relays to this page, or of a camera of its own: they are
 * examined there and not sent up. A result belongs to the very picture that came down, by its frame id.
 */
export class RelayedDetector implements Detector {
  readonly #options: RelayedDetectorOptions;
  readonly #stream: FrameStream;
  readonly #pulse: ServerPulse;
  #topic: StreamTopic | null = null;
  readonly #classIds: ReadonlyMap<string, number>;
  readonly #dropped: Partial<Record<FrameDropCause | "late", number>> = {};
  #settings: StreamSettings;
  #source: RelayedSource;
  #state: FrameStreamState = { kind: "connecting" };
  #isFed = false;
  #minIntervalMs: number | null = 0;
  #lastId: number | null = null;
  #processed = 0;
  #isOver = false;

  constructor(options: RelayedDetectorOptions) {
    this.#options = options;
    const { model, timers, epochMs, openStream } = options;
    this.#classIds = new Map(model.labels.map((label, classId) => [label, classId]));
    this.#settings = this.#toStream(options.settings);
    this.#source = { phone: null, clockOffsetMs: null, minIntervalMs: 0 };
    this.#pulse = new ServerPulse({
      timers,
      epochMs,
      sendText: (text) => this.#topic?.send(text),
      isHeld: () => false,
      onBeat: () => {},
      onSilent: () => this.#topic?.giveUp(),
    });
    this.#stream = openStream(this.#settings, {
      onState: (state) => this.#onStream(state),
      takeTopic: (port, { onOpen, onClose }) => {
        const topic: StreamTopic = new StreamTopic(port, {
          onOpen: () => onOpen(topic.transport!),
          onClose,
          onText: (text) => this.#onText(text),
        });
        this.#topic = topic;
      },
    }, this.#source);
  }

  /** The model's own run: the picture goes to this page as soon as it goes there. */
  get expectedMs(): number | null {
    return this.#state.kind === "open" ? this.#state.runMs : null;
  }

  setFeed(feed: FrameFeed | null): void {
    this.#isFed = feed !== null;
    this.#stream.expectAnswers(this.#isFed);
    this.#sayWhat();
  }

  setSettings(settings: DetectionSettings): void {
    this.#settings = this.#toStream(settings);
    this.#stream.setSettings(this.#settings, this.#source);
  }

  /** The phone makes the pictures, as many as all of its viewers can show; not all are examined. */
  setEffort({ minIntervalMs }: Effort): void {
    this.#minIntervalMs = minIntervalMs;
    this.#sayWhat();
  }

  close(): void {
    this.#isOver = true;
    this.#pulse.stop();
    this.#topic?.leave();
    this.#stream.close();
  }

  #toStream({ scoreThreshold, iouThreshold, classes }: DetectionSettings): StreamSettings {
    const modelId = this.#options.model.id;
    return { modelId, scoreThreshold, iouThreshold, classes: classes && [...classes] };
  }

  #sayWhat(clockOffsetMs = this.#source.clockOffsetMs): void {
    const isWanted = this.#isFed && this.#minIntervalMs !== null;
    const phone = isWanted ? this.#options.frames.phone : null;
    const minIntervalMs = this.#minIntervalMs ?? this.#source.minIntervalMs;
    const source = { phone, clockOffsetMs, minIntervalMs };
    if (isSameSource(source, this.#source)) return;
    this.#source = source;
    this.#stream.setSettings(this.#settings, this.#source);
  }

  #onStream(state: FrameStreamState): void {
    if (this.#isOver) return;
    const wasOpen = this.#state.kind === "open";
    this.#state = state;
    const { onState } = this.#options;
    switch (state.kind) {
      case "open":
        if (!wasOpen) this.#pulse.start();
        return onState({ kind: "connected", transport: state.transport, runMs: state.runMs });
      case "connecting":
        this.#pulse.stop();
        return onState({ kind: "connecting" });
      case "waiting":
        this.#pulse.stop();
        return onState({ kind: "waiting", message: waitingWords(state.cause) });
      case "ended":
        this.close();
        return onState({ kind: "failed", ...endedWords(state.cause) });
    }
  }

  #onText(text: string): void {
    if (this.#isOver) return;
    this.#pulse.heard();
    try {
      this.#receive(parse(fromInferenceSchema, text));
    } catch (error) {
      this.#options.log(`ignored a message of the server that does not fit: ${error}`);
    }
  }

  #receive(message: FromInferenceMessage): void {
    if ("type" in message && message.type === "clock-pong") {
      return this.#pulse.pong(message.nonce, message.time_ms);
    }
    const { frames, epochMs, onLoss, onResult } = this.#options;
    const frameId = Number(message.frame_id);
    const frame = frames.of(frameId);
    if ("type" in message) {
      this.#dropped[message.cause] = (this.#dropped[message.cause] ?? 0) + 1;
      if (frame !== null) onLoss(epochMs() - frame.receivedAtMs);
      return;
    }
    const isLate = this.#lastId !== null && framesAfter(frameId, this.#lastId) <= 0;
    if (frame === null || isLate || !this.#isFed) {
      this.#dropped.late = (this.#dropped.late ?? 0) + 1;
      return;
    }
    this.#lastId = frameId;
    this.#processed += 1;
    this.#noteClock(frame);
    const { clock } = this.#pulse;
    const context = {
      classIds: this.#classIds,
      counts: this.#counts(),
      clock,
      nowMs: epochMs(),
    };
    onResult(relayedResult(message, frame, context));
  }

  /** What the server has to add to a time of the phone's, through this page's clock. */
  #noteClock({ key, receivedAtMs }: NonNullable<ReturnType<RelayedFrames["of"]>>): void {
    const capture = this.#options.captureOf(key, receivedAtMs);
    const { clock } = this.#pulse;
    // The server knows the times of its own cameras.
    if (clock === null || capture.clock !== "phone" || key.clock === "rtp") return;
    const offsetMs = capture.timeMs - key.value + clock.offsetMs;
    const known = this.#source.clockOffsetMs;
    if (known === null || Math.abs(offsetMs - known) >= CLOCK_STEP_MS) this.#sayWhat(offsetMs);
  }

  #counts(): FrameCounts {
    const { received } = this.#options.frames;
    return { received, processed: this.#processed, dropped: { ...this.#dropped } };
  }
}

function isSameSource(a: RelayedSource, b: RelayedSource): boolean {
  return a.phone === b.phone && a.clockOffsetMs === b.clockOffsetMs &&
    a.minIntervalMs === b.minIntervalMs;
}
