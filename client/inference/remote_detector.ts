import { assertNever, type ServedModel, type StreamSettings } from "@/protocol";
import type { Timers } from "../base/timers.ts";
import type { WorkerHandle } from "../base/worker_handle.ts";
import type { CaptureTime } from "../time/capture_time.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { Detector, DetectorEvents, DetectorState, FrameFeed } from "./detector.ts";
import type { Effort } from "./effort.ts";
import { FlowHost, type FlowNews } from "./flow_host.ts";
import { DRAIN_MS, type FromFlow, MAX_BUFFERED_BYTES } from "./flow_messages.ts";
import type {
  FrameStream,
  FrameStreamEvents,
  FrameStreamState,
  TakeChannels,
} from "./frame_stream.ts";
import { endedWords, waitingWords } from "./remote_words.ts";
import type { DetectionSettings, FrameResult } from "./worker_messages.ts";

/** What a detector is made of, and whom it tells. */
export interface RemoteDetectorOptions extends DetectorEvents {
  readonly model: ServedModel;
  readonly settings: DetectionSettings;
  readonly timers: Timers;
  /** Ms since the epoch; the clock of all times that leave this page. */
  epochMs(): number;
  /** When the camera took the frame that this page received at `receivedAtMs`; both on that clock. */
  captureOf(key: FrameKey | null, receivedAtMs: number): CaptureTime;
  /** Makes a Worker of server mode that has not been sent anything yet. */
  startWorker(): WorkerHandle;
  /** Opens a stream to the server; its events come after this has returned. */
  openStream(settings: StreamSettings, events: FrameStreamEvents): FrameStream;
}

/**
 * Detection on the server. A Worker makes the frames, sends them and hears the answers; this side sets
 * its ways to the server up. Channels that cannot be handed to a Worker are used here in its name. A
 * Worker that dies is replaced once.
 */
export class RemoteDetector implements Detector {
  readonly #options: RemoteDetectorOptions;
  readonly #stream: FrameStream;
  readonly #host: FlowHost;
  #effort: Effort | null = null;
  #streamState: FrameStreamState = { kind: "connecting" };
  /** Channels that the Worker has, and whom to tell of them. */
  #taken: { readonly id: number; readonly events: Parameters<TakeChannels>[1] } | null = null;
  #lastTaken = 0;
  #lastRoute = 0;
  #warmEncodeMs: number | null = null;
  #roundTripMs: number | null = null;
  /** Frames given to the stream, and not acknowledged to the Worker. */
  #relayedBytes = 0;
  #drainTimer: number | undefined;
  /** Frames that came before are of another source; ms since the epoch. */
  #fedSinceMs = -Infinity;
  #isOver = false;

  constructor(options: RemoteDetectorOptions) {
    this.#options = options;
    this.#host = new FlowHost({
      startWorker: options.startWorker,
      first: () => ({ message: { kind: "load", model: options.model }, transfer: [] }),
      onNews: (news) => this.#onNews(news),
      onRestart: () => this.#onRestart(),
      onFailed: (state) => this.#fail(state),
    });
    this.#stream = options.openStream(this.#toStream(options.settings), {
      onState: (state) => this.#onStream(state),
      onText: (text) => this.#host.send({ kind: "text", text }),
      takeChannels: this.#handOver,
      takeTopic: this.#host.takeTopic,
    });
  }

  /**
   * What a frame may be expected to take while none is under way: this browser's own encoding, the
   * way there and back, and the server's own run, each as measured; `null` while one is not.
   */
  get expectedMs(): number | null {
    const state = this.#streamState;
    if (state.kind !== "open" || state.runMs === null) return null;
    if (this.#warmEncodeMs === null || this.#roundTripMs === null) return null;
    return this.#warmEncodeMs + this.#roundTripMs + state.runMs;
  }

  setFeed(feed: FrameFeed | null): void {
    this.#fedSinceMs = this.#options.epochMs();
    this.#host.setFeed(feed);
    this.#stream.expectAnswers(feed !== null);
  }

  setSettings(settings: DetectionSettings): void {
    this.#stream.setSettings(this.#toStream(settings));
  }

  setEffort(effort: Effort): void {
    this.#effort = effort;
    if (this.#warmEncodeMs !== null) this.#host.send({ kind: "effort", effort });
  }

  close(): void {
    this.#isOver = true;
    this.#forget();
    this.#host.close();
    this.#stream.close();
  }

  #toStream({ scoreThreshold, iouThreshold, classes }: DetectionSettings): StreamSettings {
    const modelId = this.#options.model.id;
    return { modelId, scoreThreshold, iouThreshold, classes: classes && [...classes] };
  }

  /** What is known of a Worker is of no other. */
  #forget(): void {
    this.#options.timers.clearTimeout(this.#drainTimer);
    this.#warmEncodeMs = null;
    this.#relayedBytes = 0;
  }

  #fail(state: Extract<DetectorState, { kind: "failed" }>): void {
    this.close();
    this.#options.onState(state);
  }

  #onRestart(): void {
    this.#forget();
    this.#tellState();
    // They have gone with it.
    const taken = this.#taken;
    this.#taken = null;
    taken?.events.onClose();
  }

  #onNews(news: FlowNews): void {
    const { onResult, onLoss } = this.#options;
    switch (news.kind) {
      case "ready":
        return this.#onReady(news.warmEncodeMs);
      case "channels":
        return this.#onChannels(news);
      case "send":
        return this.#relay(news.message);
      case "result":
        if (!this.#isOfSource(news.result)) return;
        this.#mark(news.result);
        return onResult(news.result);
      case "loss":
        return onLoss(news.ageMs);
      case "pong":
        this.#roundTripMs = news.roundTripMs;
        return;
      case "silent":
        // Said before the present channels were there, it is of others.
        if (news.routeId === this.#lastRoute) this.#stream.giveUpTransport();
        return;
      case "found":
      case "dropped":
        // Of frames that are not sent; see `RelayedDetector`.
        return;
      default:
        return assertNever(news);
    }
  }

  #onReady(warmEncodeMs: number): void {
    this.#warmEncodeMs = warmEncodeMs;
    if (this.#effort !== null) this.#host.send({ kind: "effort", effort: this.#effort });
    this.#sendRoute();
    this.#tellState();
  }

  /** One that was in work when the source changed would be counted as of another. */
  #isOfSource({ grabbedAtMs, waitedMs }: FrameResult): boolean {
    return grabbedAtMs - waitedMs >= this.#fedSinceMs;
  }

  /** The Worker knows nothing of the camera's clock. */
  #mark({ key, grabbedAtMs, waitedMs }: FrameResult): void {
    if (key === null) return;
    const { timeMs, clock } = this.#options.captureOf(key, grabbedAtMs - waitedMs);
    if (clock !== "receiveTime") this.#host.send({ kind: "capture", mark: { key, timeMs, clock } });
  }

  readonly #handOver: TakeChannels = ({ frames, results }, events) => {
    const id = ++this.#lastTaken;
    this.#taken = null;
    try {
      this.#host.send({ kind: "channels", id, frames, results }, [frames, results]);
    } catch {
      // This browser has them in pages only.
      return false;
    }
    this.#taken = { id, events };
    return true;
  };

  #onChannels({ id, isOpen }: Extract<FromFlow, { kind: "channels" }>): void {
    if (id !== this.#taken?.id) return;
    const { events } = this.#taken;
    if (isOpen) events.onOpen();
    else events.onClose();
  }

  /** Sends in the Worker's name; tells it of texts at once, of frames when there is room for more. */
  #relay(message: Uint8Array<ArrayBuffer> | string): void {
    this.#stream.send(message);
    if (typeof message === "string") return this.#host.send({ kind: "said" });
    this.#relayedBytes += message.length;
    this.#acknowledge();
  }

  #acknowledge(): void {
    const { timers } = this.#options;
    timers.clearTimeout(this.#drainTimer);
    if (this.#stream.bufferedBytes > MAX_BUFFERED_BYTES) {
      this.#drainTimer = timers.setTimeout(() => this.#acknowledge(), DRAIN_MS);
      return;
    }
    this.#host.send({ kind: "sent", bytes: this.#relayedBytes });
    this.#relayedBytes = 0;
  }

  #onStream(state: FrameStreamState): void {
    if (this.#isOver) return;
    const before = transportOf(this.#streamState);
    this.#streamState = state;
    if (state.kind === "ended") return this.#fail({ kind: "failed", ...endedWords(state.cause) });
    if (transportOf(state) !== before) {
      this.#roundTripMs = null;
      this.#sendRoute();
    }
    this.#tellState();
  }

  #sendRoute(): void {
    if (this.#warmEncodeMs === null) return;
    const transport = transportOf(this.#streamState);
    const channels = this.#taken === null ? "page" : "channels";
    const route = transport === "datachannel" ? channels : transport && "topic";
    const id = ++this.#lastRoute;
    this.#host.send({ kind: "route", id, route, maxMessageBytes: this.#stream.maxMessageBytes });
  }

  #tellState(): void {
    const state = this.#streamState;
    const { onState } = this.#options;
    if (state.kind === "waiting") {
      return onState({ kind: "waiting", message: waitingWords(state.cause) });
    }
    if (state.kind !== "open" || this.#warmEncodeMs === null) {
      return onState({ kind: "connecting" });
    }
    onState({ kind: "connected", transport: state.transport, runMs: state.runMs });
  }
}

function transportOf(state: FrameStreamState) {
  return state.kind === "open" ? state.transport : null;
}
