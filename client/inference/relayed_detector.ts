import type { FrameDropCause, RelayedSource, StreamSettings } from "@/protocol";
import type { ClockEstimate } from "../time/clock_sync.ts";
import type {
  Detector,
  DetectorState,
  FrameFeed,
  RelayedFrame,
  RelayedFrames,
} from "./detector.ts";
import type { Effort } from "./effort.ts";
import { FlowHost, type FlowNews } from "./flow_host.ts";
import type { RelayedAnswer } from "./flow_messages.ts";
import type { FrameStream, FrameStreamEvents, FrameStreamState } from "./frame_stream.ts";
import type { RemoteDetectorOptions } from "./remote_detector.ts";
import { relayedResult } from "./remote_result.ts";
import { endedWords, waitingWords } from "./remote_words.ts";
import type { DetectionSettings, FrameCounts } from "./worker_messages.ts";

/** What a detector is made of, and whom it tells. */
export interface RelayedDetectorOptions
  extends Omit<RemoteDetectorOptions, "timers" | "openStream"> {
  readonly frames: RelayedFrames;
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
 * examined there and not sent up. A result belongs to the very picture that came down, by its frame id. A
 * Worker hears the results and shows them; this side says what is wanted, and counts.
 */
export class RelayedDetector implements Detector {
  readonly #options: RelayedDetectorOptions;
  readonly #host: FlowHost;
  readonly #stream: FrameStream;
  readonly #dropped: Partial<Record<FrameDropCause | "late", number>> = {};
  #settings: StreamSettings;
  #source: RelayedSource;
  #state: FrameStreamState = { kind: "connecting" };
  #isFed = false;
  #minIntervalMs: number | null = 0;
  #processed = 0;
  #isOver = false;

  constructor(options: RelayedDetectorOptions) {
    this.#options = options;
    const { frames, model: { labels }, startWorker, openStream } = options;
    this.#settings = this.#toStream(options.settings);
    this.#source = { phone: null, clockOffsetMs: null, minIntervalMs: 0 };
    this.#host = new FlowHost({
      startWorker,
      first() {
        const keys = frames.keys();
        const transfer = keys === null ? [] : [keys as Transferable];
        return { message: { kind: "hear", labels, keys }, transfer };
      },
      onNews: (news) => this.#onNews(news),
      onRestart() {},
      onFailed: (state) => this.#fail(state),
    });
    this.#stream = openStream(this.#settings, {
      onState: (state) => this.#onStream(state),
      takeTopic: this.#host.takeTopic,
    }, this.#source);
  }

  /** The model's own run: the picture goes to this page as soon as it goes there. */
  get expectedMs(): number | null {
    return this.#state.kind === "open" ? this.#state.runMs : null;
  }

  setFeed(feed: FrameFeed | null): void {
    this.#isFed = feed !== null;
    this.#host.setFeed(feed);
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
    this.#host.close();
    this.#stream.close();
  }

  #fail(state: Extract<DetectorState, { kind: "failed" }>): void {
    this.close();
    this.#options.onState(state);
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
    this.#state = state;
    const { onState } = this.#options;
    switch (state.kind) {
      case "open":
        return onState({ kind: "connected", transport: state.transport, runMs: state.runMs });
      case "connecting":
        return onState({ kind: "connecting" });
      case "waiting":
        return onState({ kind: "waiting", message: waitingWords(state.cause) });
      case "ended":
        return this.#fail({ kind: "failed", ...endedWords(state.cause) });
    }
  }

  #onNews(news: FlowNews): void {
    const { frames, epochMs, onLoss } = this.#options;
    if (news.kind === "found") return this.#onFound(news, frames.of(news.frameId));
    if (news.kind !== "dropped") return;
    this.#dropped[news.cause] = (this.#dropped[news.cause] ?? 0) + 1;
    const frame = frames.of(news.frameId);
    if (frame !== null) onLoss(epochMs() - frame.receivedAtMs);
  }

  #onFound(
    answer: Extract<RelayedAnswer, { kind: "found" }>,
    frame: RelayedFrame | null,
  ): void {
    if (frame === null || answer.isLate || !this.#isFed) {
      this.#dropped.late = (this.#dropped.late ?? 0) + 1;
      return;
    }
    this.#processed += 1;
    this.#noteClock(frame, answer.clock);
    this.#options.onResult(relayedResult(answer, frame, this.#counts()));
  }

  /** What the server has to add to a time of the phone's, through this page's clock. */
  #noteClock({ key, receivedAtMs }: RelayedFrame, clock: ClockEstimate | null): void {
    const capture = this.#options.captureOf(key, receivedAtMs);
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
