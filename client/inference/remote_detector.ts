import { assertNever, type ServedModel, type StreamSettings } from "@/protocol";
import type { Timers } from "../base/timers.ts";
import { listen, send, type WorkerHandle } from "../base/worker_handle.ts";
import type { CaptureTime } from "../time/capture_time.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { Detector, DetectorEvents, DetectorState, FrameFeed } from "./detector.ts";
import type { Effort } from "./effort.ts";
import { DRAIN_MS, type FromFlow, MAX_BUFFERED_BYTES, type ToFlow } from "./flow_messages.ts";
import type {
  FrameStream,
  FrameStreamEvents,
  FrameStreamState,
  TakeChannels,
  TakeTopic,
  TopicTakerEvents,
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
  #worker: WorkerHandle | null = null;
  #feed: FrameFeed | null = null;
  #effort: Effort | null = null;
  #streamState: FrameStreamState = { kind: "connecting" };
  /** Channels that the Worker has, and whom to tell of them. */
  #taken: { readonly id: number; readonly events: Parameters<TakeChannels>[1] } | null = null;
  /** The same of the topic. */
  #topic: { readonly id: number; readonly events: TopicTakerEvents } | null = null;
  #lastTaken = 0;
  #lastRoute = 0;
  #warmEncodeMs: number | null = null;
  #roundTripMs: number | null = null;
  /** Frames given to the stream, and not acknowledged to the Worker. */
  #relayedBytes = 0;
  #drainTimer: number | undefined;
  /** Frames that came before are of another source; ms since the epoch. */
  #fedSinceMs = -Infinity;
  #hasRestarted = false;
  #isOver = false;

  constructor(options: RemoteDetectorOptions) {
    this.#options = options;
    this.#start();
    this.#stream = options.openStream(this.#toStream(options.settings), {
      onState: (state) => this.#onStream(state),
      onText: (text) => this.#send({ kind: "text", text }),
      takeChannels: this.#handOver,
      takeTopic: this.#handTopic,
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
    this.#feed?.detach();
    this.#send({ kind: "stop" });
    this.#feed = feed;
    this.#stream.expectAnswers(feed !== null);
    this.#attach();
  }

  setSettings(settings: DetectionSettings): void {
    this.#stream.setSettings(this.#toStream(settings));
  }

  setEffort(effort: Effort): void {
    this.#effort = effort;
    if (this.#warmEncodeMs !== null) this.#send({ kind: "effort", effort });
  }

  close(): void {
    this.#isOver = true;
    this.#drop();
    this.#feed = null;
    this.#stream.close();
  }

  #toStream({ scoreThreshold, iouThreshold, classes }: DetectionSettings): StreamSettings {
    const modelId = this.#options.model.id;
    return { modelId, scoreThreshold, iouThreshold, classes: classes && [...classes] };
  }

  #start(): void {
    this.#worker = this.#options.startWorker();
    listen<FromFlow>(this.#worker, {
      onMessage: (message) => this.#onMessage(message),
      onDeath: (message) => this.#onDeath(message),
    });
    this.#send({ kind: "load", model: this.#options.model });
  }

  #send(message: ToFlow, transfer: Transferable[] = []): void {
    if (this.#worker !== null) send<ToFlow>(this.#worker, message, transfer);
  }

  #attach(): void {
    const worker = this.#worker;
    if (worker === null || this.#warmEncodeMs === null) return;
    this.#feed?.attach((message, transfer) => send<ToFlow>(worker, message, transfer));
  }

  #drop(): void {
    this.#options.timers.clearTimeout(this.#drainTimer);
    this.#feed?.detach();
    this.#worker?.terminate();
    this.#worker = null;
    this.#warmEncodeMs = null;
    this.#relayedBytes = 0;
  }

  #fail(state: Extract<DetectorState, { kind: "failed" }>): void {
    this.close();
    this.#options.onState(state);
  }

  #onDeath(message: string): void {
    this.#drop();
    if (this.#hasRestarted) return this.#fail({ kind: "failed", code: "crashed", message });
    this.#hasRestarted = true;
    this.#start();
    this.#tellState();
    // They have gone with it.
    const taken = this.#taken;
    this.#taken = null;
    taken?.events.onClose();
    this.#topic?.events.onGone();
  }

  #onMessage(message: FromFlow): void {
    const { onResult, onLoss } = this.#options;
    switch (message.kind) {
      case "ready":
        return this.#onReady(message.warmEncodeMs);
      case "accepted":
        return this.#feed?.onAccepted();
      case "unreadable":
        return this.#feed?.onUnreadable();
      case "channels":
        return this.#onChannels(message);
      case "topic":
        return this.#onTopic(message);
      case "send":
        return this.#relay(message.message);
      case "result":
        if (!this.#isOfSource(message.result)) return;
        this.#mark(message.result);
        return onResult(message.result);
      case "loss":
        return onLoss(message.ageMs);
      case "pong":
        this.#roundTripMs = message.roundTripMs;
        return;
      case "silent":
        // Said before the present channels were there, it is of others.
        if (message.routeId === this.#lastRoute) this.#stream.giveUpTransport();
        return;
      case "failed":
        return this.#fail(message);
      default:
        return assertNever(message);
    }
  }

  #onReady(warmEncodeMs: number): void {
    this.#warmEncodeMs = warmEncodeMs;
    if (this.#effort !== null) this.#send({ kind: "effort", effort: this.#effort });
    this.#sendRoute();
    this.#attach();
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
    if (clock !== "receiveTime") this.#send({ kind: "capture", mark: { key, timeMs, clock } });
  }

  readonly #handTopic: TakeTopic = (port, events) => {
    const id = ++this.#lastTaken;
    this.#topic = { id, events };
    this.#send({ kind: "topic", id, port }, [port as Transferable]);
  };

  readonly #handOver: TakeChannels = ({ frames, results }, events) => {
    const id = ++this.#lastTaken;
    this.#taken = null;
    if (this.#worker === null) return false;
    try {
      this.#send({ kind: "channels", id, frames, results }, [frames, results]);
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

  #onTopic({ id, transport }: Extract<FromFlow, { kind: "topic" }>): void {
    if (id !== this.#topic?.id) return;
    const { events } = this.#topic;
    if (transport === null) events.onClose();
    else events.onOpen(transport);
  }

  /** Sends in the Worker's name; tells it of texts at once, of frames when there is room for more. */
  #relay(message: Uint8Array<ArrayBuffer> | string): void {
    this.#stream.send(message);
    if (typeof message === "string") return this.#send({ kind: "said" });
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
    this.#send({ kind: "sent", bytes: this.#relayedBytes });
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
    this.#send({ kind: "route", id, route, maxMessageBytes: this.#stream.maxMessageBytes });
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
