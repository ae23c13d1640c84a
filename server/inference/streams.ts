import type { IceServer, OfferRefusal, Rate, StreamEndCause, StreamSettings } from "@/protocol";
import type { ChildConfig } from "./child_config.ts";
import type { Counters } from "./counters.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Account } from "./account.ts";
import type { FromChild, StreamKey, StreamSignal, StreamWay } from "./ipc.ts";
import { modelIdOf, type ModelStore } from "./model_store.ts";
import { refusalOf } from "../rtc/rtc_config.ts";
import { Stream, type Transport } from "./stream.ts";
import type { ObjectTracker } from "./stream_tracker.ts";
import { TokenBucket } from "../base/token_bucket.ts";
import type { ViewerConnection, ViewerConnectionOptions } from "./viewer_connection.ts";

/** A stream of which nothing was heard for this long is ended: its viewer is gone. */
export const STREAM_IDLE_MS = 60_000;

/** Of one stream: each is a new connection, and a page waits two seconds at least before its next. */
export const OFFER_RATE: Rate = { perSecond: 1, burst: 4 };

/** What the streams work with. */
export interface StreamsDeps {
  readonly config: ChildConfig;
  readonly counters: Counters;
  readonly dispatcher: Dispatcher;
  readonly models: ModelStore;
  readonly now: () => number;
  /** Makes the tracker of one stream, which frees it. */
  createTracker(): ObjectTracker;
  connect(options: ViewerConnectionOptions): ViewerConnection;
  /** Sends to the parent; says whether it goes out. */
  readonly send: (message: FromChild) => boolean;
}

interface Open {
  readonly account: Account;
  readonly stream: Stream;
  readonly link: Transport;
  /** Names of the models it uses; see `ModelStore`. */
  readonly models: Set<string>;
  readonly offers: TokenBucket;
  connection: ViewerConnection | null;
  /** What its newest message came over. */
  way: StreamWay;
  /** Counts the settings asked for, so that of two that load at once the later one wins. */
  asked: number;
  /** The newest settings, while their model may not be loaded yet. */
  waiting: StreamSettings | null;
  /** A model is being loaded for it: no other is meanwhile. */
  isLoading: boolean;
}

/** All streams, by key: opens, connects and ends them. */
export class Streams {
  readonly #deps: StreamsDeps;
  readonly #open = new Map<StreamKey, Open>();

  constructor(deps: StreamsDeps) {
    this.#deps = deps;
  }

  /** Streams that are open now. */
  get size(): number {
    return this.#open.size;
  }

  /** Streams that are open now, by what their newest message came over. */
  ways(): Record<StreamWay, number> {
    const counts = { datachannel: 0, link: 0, none: 0 };
    for (const { way } of this.#open.values()) counts[way] += 1;
    return counts;
  }

  /**
   * Opens a stream, or changes what is done with its frames. Where that needs a model loaded and its
   * address had many loaded of late, the newest settings wait; those before go on.
   */
  async settings(key: StreamKey, settings: StreamSettings, account: Account): Promise<void> {
    const open = this.#open.get(key) ?? this.#start(key, account);
    if (open === null) return;
    open.stream.touch();
    open.asked += 1;
    await this.#apply(key, open, settings);
  }

  async #apply(
    key: StreamKey,
    open: Open,
    settings: StreamSettings,
    isAgain = false,
  ): Promise<void> {
    const { asked } = open;
    const { modelId } = settings;
    const name = this.#deps.models.nameOf(modelId, key);
    if (name === null) return this.end(key, "unknown-model");
    open.waiting = null;
    const loaded = await this.#use(name, key, open);
    if (this.#open.get(key) !== open) return this.#deps.models.release(name, key);
    if (open.asked !== asked) return;
    if (!isAgain && (loaded === "too-fast" || loaded === "too-many")) {
      this.#deps.counters.modelsRefused[loaded] += 1;
    }
    if (loaded === "too-fast") {
      open.models.delete(name);
      open.waiting = settings;
      return;
    }
    if (loaded === "too-many") return this.end(key, "unavailable");
    if (typeof loaded === "string") return this.end(key, loaded);
    for (const other of open.models) {
      if (other === name) continue;
      open.models.delete(other);
      this.#deps.models.release(other, key);
    }
    // Lanes and results go by the name of what is loaded.
    this.#deps.dispatcher.setSettings(key, { ...settings, modelId: name });
    this.#deps.send({ kind: "opened", stream: key, modelId, runMs: loaded.runMs });
  }

  /** Tells every viewer how long its model runs now. */
  tellRuns(): void {
    const { models, send } = this.#deps;
    for (const [key, open] of this.#open) {
      const [name, ...others] = open.models;
      const runMs = name === undefined ? undefined : models.runMs[name];
      // With several, one is on its way, and told of when it is there.
      if (runMs === undefined || others.length > 0) continue;
      send({ kind: "opened", stream: key, modelId: modelIdOf(name!), runMs });
    }
  }

  /** Takes a message of the viewer's negotiation. Each offer begins a new connection. */
  signal(key: StreamKey, signal: StreamSignal, iceServers: readonly IceServer[] = []): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    open.stream.touch();
    const cause = signal.kind === "offer"
      ? this.#answer(key, open, signal, iceServers)
      : this.#addCandidate(open, signal);
    if (cause === null) return;
    this.#deps.counters.signalsRefused[cause] += 1;
    // Whoever made the offer waits for nothing then.
    if (cause !== "candidate") {
      this.#deps.send({ kind: "signal", stream: key, signal: { kind: "offer-refused", cause } });
    }
  }

  #answer(
    key: StreamKey,
    open: Open,
    offer: Extract<StreamSignal, { kind: "offer" }>,
    iceServers: readonly IceServer[],
  ): OfferRefusal | null {
    if (!open.offers.take(this.#deps.now())) return "too-fast";
    try {
      this.#connect(key, open, iceServers).answer(offer);
      return null;
    } catch (error) {
      open.connection?.close();
      open.connection = null;
      const cause = refusalOf(error);
      this.#log("debug", "viewer's offer refused", { cause, reason: textOf(error) });
      return cause;
    }
  }

  #addCandidate(
    open: Open,
    candidate: Extract<StreamSignal, { kind: "ice-candidate" }>,
  ): "candidate" | null {
    try {
      return open.connection?.addCandidate(candidate) === false ? "candidate" : null;
    } catch {
      return "candidate";
    }
  }

  /** Takes a message that came on the stream's topic of the bulk link. */
  message(key: StreamKey, text: string | null, bytes: Uint8Array): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    open.way = "link";
    if (text === null) open.stream.onChunk(bytes, open.link);
    else open.stream.onText(text, open.link);
  }

  /** Whether copies of the stream's results go to the parent. */
  tap(key: StreamKey, on: boolean): void {
    const open = this.#open.get(key);
    if (open !== undefined) open.stream.isTapped = on;
  }

  /** Closes a stream as its viewer wishes. */
  close(key: StreamKey): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    open.connection?.close();
    open.stream.close();
    for (const name of open.models) this.#deps.models.release(name, key);
    const { resultsUnsent, messagesRefused } = this.#deps.counters;
    this.#log("debug", "stream closed", { resultsUnsent, messagesRefused });
  }

  /** Closes all streams: the process ends. */
  closeAll(): void {
    for (const key of [...this.#open.keys()]) this.close(key);
  }

  /** Closes a stream and says why. */
  end(key: StreamKey, cause: StreamEndCause): void {
    this.close(key);
    this.#deps.send({ kind: "ended", stream: key, cause });
  }

  /** Ends what is idle and gives up what is overdue. */
  sweep(): void {
    const idleSinceMs = this.#deps.now() - STREAM_IDLE_MS;
    for (const [key, open] of this.#open) {
      const { stream, connection, link, waiting } = open;
      if (waiting !== null && !open.isLoading) void this.#apply(key, open, waiting, true);
      stream.sweep(connection?.isOpen === true ? connection : link);
      if (stream.lastMessageMs < idleSinceMs) this.end(key, "closed");
    }
  }

  #start(key: StreamKey, account: Account): Open | null {
    const { config, counters, dispatcher, models, now, send, createTracker } = this.#deps;
    if (this.#open.size >= config.maxStreams) {
      send({ kind: "ended", stream: key, cause: "too-many-streams" });
      return null;
    }
    const open: Open = {
      account,
      stream: new Stream(key, {
        counters,
        dispatcher,
        owner: account,
        maxSidePx: () => models.maxSidePx,
        now,
        tracker: createTracker(),
        labels: (name) => models.labels(name),
        onResult: (text) => void send({ kind: "tapped", stream: key, text }),
      }),
      link: { send: (text) => send({ kind: "message", stream: key, text }) },
      models: new Set(),
      offers: new TokenBucket(OFFER_RATE),
      connection: null,
      way: "none",
      asked: 0,
      waiting: null,
      isLoading: false,
    };
    this.#open.set(key, open);
    return open;
  }

  #connect(key: StreamKey, open: Open, iceServers: readonly IceServer[]): ViewerConnection {
    open.connection?.close();
    const { config, counters, connect, send } = this.#deps;
    const connection: ViewerConnection = connect({
      config,
      iceServers,
      onSignal: (signal) => void send({ kind: "signal", stream: key, signal }),
      onChunk: (bytes) => {
        open.way = "datachannel";
        open.stream.onChunk(bytes, connection);
      },
      onText: (text) => {
        open.way = "datachannel";
        open.stream.onText(text, connection);
      },
      onRefused: () => void (counters.messagesRefused += 1),
      onClosed: () => {
        if (open.connection === connection) open.connection = null;
      },
    });
    open.connection = connection;
    return connection;
  }

  async #use(name: string, key: StreamKey, open: Open) {
    const { models } = this.#deps;
    const isThere = models.has(name);
    if (!isThere && open.isLoading) return "too-fast" as const;
    open.models.add(name);
    if (!isThere) open.isLoading = true;
    try {
      return await models.use(name, key, open.account);
    } catch (error) {
      this.#log("error", "model does not load", { model: name, reason: textOf(error) });
      return "unavailable" as const;
    } finally {
      if (!isThere) open.isLoading = false;
    }
  }

  #log(level: "debug" | "error", event: string, fields: Record<string, unknown>): void {
    this.#deps.send({ kind: "log", level, event, fields });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
