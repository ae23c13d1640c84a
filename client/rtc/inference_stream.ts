import {
  assertNever,
  DATA_CHANNEL_TIMEOUT_MS,
  type FromStreamMessage,
  type Instance,
  type RelayedSource,
  type StreamEndCause,
  type StreamSettings,
  type ToStreamMessage,
} from "@/protocol";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import type {
  FrameStream,
  FrameStreamEvents,
  FrameStreamState,
  FrameTransportKind,
} from "../inference/frame_stream.ts";
import { backoffMs, type Pauses } from "../link/backoff.ts";
import type { FromStreamBody, ToStreamBody } from "./frame_transport.ts";
import { FrameTransports, type TransportOpeners } from "./frame_transports.ts";

/** What a stream is given. */
export interface InferenceStreamOptions {
  readonly settings: StreamSettings;
  readonly events: FrameStreamEvents;
  /** Whose relayed pictures are its frames; `null`: this page sends them. */
  readonly relayed: RelayedSource | null;
  /** @param topic Its own on the bulk link. */
  transportOpeners(topic: number): TransportOpeners;
  readonly timers: Timers;
  readonly log: Log;
  /** Names one try to open the stream; answers to earlier ones are not for it. */
  newName(): Instance;
  /** On the control link; says whether that was possible. */
  send(message: ToStreamMessage): boolean;
  /** Whether answers are expected, until it is over. */
  onExpecting(isExpected: boolean): void;
  /** It is over, by `close` or by the server. */
  onClosed(): void;
}

/** A server that does not answer in this time, in which it may load a model, has lost the stream. */
const OPEN_TIMEOUT_MS = 15_000;

/** Both transports had their time: DataChannel, then the bulk link. They are tried on. */
const NO_TRANSPORT_MS = DATA_CHANNEL_TIMEOUT_MS + 2_000;

/** Pauses before the stream is opened anew: the first, doubled up to the longest. */
const REOPEN_MS: Readonly<Record<WaitCause, Pauses>> = {
  restarting: { first: 100, longest: 2_000 },
  "too-many-streams": { first: 3_000, longest: 15_000 },
  // The control link says when it is back; this is for a message that was lost.
  away: { first: 1_000, longest: 10_000 },
};

type WaitCause = Exclude<Extract<FrameStreamState, { kind: "waiting" }>["cause"], "no-transport">;

/** One stream of frames to the server; opens itself anew after every loss that is not final. */
export class InferenceStream implements FrameStream {
  readonly #options: InferenceStreamOptions;
  #settings: StreamSettings;
  #name: Instance;
  #relayed: RelayedSource | null;
  #transports: FrameTransports | null = null;
  #transport: FrameTransportKind | null = null;
  /** The settings are others than those that it is being opened with. */
  #isUnsaid = false;
  #runMs: number | null = null;
  #tries = 0;
  #timer: number | undefined;
  #isOver = false;

  constructor(options: InferenceStreamOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#relayed = options.relayed;
    this.#name = options.newName();
    // Later than the constructor, whose caller has no stream yet to be told of.
    this.#timer = options.timers.setTimeout(() => this.#open(), 0);
  }

  get maxMessageBytes(): number {
    return this.#transports?.current?.maxMessageBytes ?? 0;
  }

  get bufferedBytes(): number {
    return this.#transports?.current?.bufferedBytes ?? 0;
  }

  setSettings(settings: StreamSettings, relayed?: RelayedSource): void {
    this.#settings = settings;
    this.#relayed = relayed ?? this.#relayed;
    if (this.#transports !== null) this.#saySettings();
    else this.#isUnsaid = true;
  }

  send(message: Uint8Array<ArrayBuffer> | string): boolean {
    return this.#transports?.current?.send(message) ?? false;
  }

  giveUpTransport(): void {
    this.#transports?.giveUpCurrent();
  }

  expectAnswers(isExpected: boolean): void {
    if (!this.#isOver) this.#options.onExpecting(isExpected);
  }

  close(): void {
    if (this.#isOver) return;
    this.#say({ kind: "close" });
    this.#end();
  }

  /** Takes what the server said of any stream; ignores what is not of this one. */
  receive({ stream, body }: FromStreamMessage): void {
    if (this.#isOver || stream !== this.#name) return;
    switch (body.kind) {
      case "opened":
        return this.#onOpened(body);
      case "answer":
      case "offer-refused":
      case "ice-candidate":
        return this.#transports?.receive(body);
      case "ended":
        return this.#onEnded(body.cause);
      default:
        return assertNever(body);
    }
  }

  /** This page is in its room again after a loss; the server may be another process by now. */
  rejoined(): void {
    if (this.#isOver) return;
    // Also what was asked for and never answered: the server may hold a place for it.
    this.#say({ kind: "close" });
    this.#tries = 0;
    this.#open();
  }

  #open(): void {
    const { newName, timers, events } = this.#options;
    this.#drop();
    this.#name = newName();
    this.#timer = timers.setTimeout(() => {
      this.#say({ kind: "close" });
      this.#wait("away");
    }, OPEN_TIMEOUT_MS);
    this.#isUnsaid = false;
    if (!this.#saySettings()) return this.#wait("away");
    if (this.#tries === 0) events.onState({ kind: "connecting" });
  }

  #onOpened({ runMs, topic }: Extract<FromStreamBody, { kind: "opened" }>): void {
    const { transportOpeners, timers, log, events } = this.#options;
    timers.clearTimeout(this.#timer);
    this.#runMs = runMs;
    this.#tries = 0;
    if (this.#transports !== null) return this.#tellState();
    if (this.#isUnsaid) this.#saySettings();
    this.#isUnsaid = false;
    this.#transports = new FrameTransports({
      open: transportOpeners(topic),
      timers,
      log,
      say: (body) => this.#say(body),
      onText: (text) => events.onText?.(text),
      takeChannels: events.takeChannels,
      takeTopic: events.takeTopic,
      onChange: (kind) => {
        this.#transport = kind;
        this.#tellState();
      },
    });
    this.#tellState();
  }

  #onEnded(cause: StreamEndCause): void {
    this.#options.log(`the server ended the stream: ${cause}`);
    switch (cause) {
      case "unavailable":
      case "unknown-model":
        this.#end();
        return this.#options.events.onState({ kind: "ended", cause });
      case "closed":
      case "restarting":
        return this.#wait("restarting");
      case "too-many-streams":
        return this.#wait(cause);
      default:
        return assertNever(cause);
    }
  }

  #wait(cause: WaitCause): void {
    const { timers, events } = this.#options;
    this.#drop();
    const delayMs = backoffMs(REOPEN_MS[cause], this.#tries++);
    this.#timer = timers.setTimeout(() => this.#open(), delayMs);
    events.onState({ kind: "waiting", cause });
  }

  #tellState(): void {
    const { events, timers } = this.#options;
    timers.clearTimeout(this.#timer);
    if (this.#transport === null) {
      const tell = () => events.onState({ kind: "waiting", cause: "no-transport" });
      this.#timer = timers.setTimeout(tell, NO_TRANSPORT_MS);
      return events.onState({ kind: "connecting" });
    }
    events.onState({ kind: "open", transport: this.#transport, runMs: this.#runMs });
  }

  #drop(): void {
    this.#options.timers.clearTimeout(this.#timer);
    this.#transports?.close();
    this.#transports = null;
    this.#transport = null;
  }

  #end(): void {
    this.#drop();
    this.#isOver = true;
    this.#options.onClosed();
  }

  #saySettings(): boolean {
    const relayed = this.#relayed === null ? {} : { relayed: this.#relayed };
    return this.#say({ kind: "settings", settings: this.#settings, ...relayed });
  }

  #say(body: ToStreamBody): boolean {
    return this.#options.send({ type: "inference", stream: this.#name, body });
  }
}
