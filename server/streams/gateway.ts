import {
  assertNever,
  FramePace,
  type FromStreamMessage,
  type PeerId,
  type RecordData,
  type RelayFrame,
  type RoomId,
  type SignalErrorCode,
  type StreamEndCause,
  type StreamSettings,
  type ToStreamMessage,
} from "@/protocol";
import type { Account } from "../inference/account.ts";
import type { SupervisorEvents } from "../child/supervisor.ts";
import type { SupervisorState } from "../child/supervisor_state.ts";
import type {
  ChildMessage,
  InferenceFacts,
  InferenceTalk,
  StreamKey,
  StreamSignalBack,
} from "../inference/ipc.ts";
import type { BulkLinks, Topic } from "../link/bulk.ts";
import { keyOf, type PageName, type RoomPage } from "../link/page.ts";
import { type IceServers, NO_ICE_SERVERS } from "../rooms/ice_servers.ts";
import type { StreamEvents } from "../rooms/hub_parts.ts";
import { type CameraFrames, CameraStreams } from "./camera_streams.ts";
import { type DetectAnswer, DetectRequests } from "./detect_requests.ts";
import { accountOf, wholeChunk } from "./frame_chunk.ts";
import type { InferenceProcess } from "./inference_process.ts";
import { NewestSender } from "./newest_sender.ts";
import { RoomWatchers } from "./room_watchers.ts";
import type { StreamLimits } from "../base/limits.ts";
import { type OpenStream, StreamRegistry, type WantedStream } from "./stream_registry.ts";

/** Longest text of a stream: a clock ping has some 40. */
const MAX_TEXT_CHARS = 256;

/** What a gateway is given. */
export interface GatewayOptions {
  readonly limits: StreamLimits;
  readonly process: InferenceProcess;
  readonly bulk: Pick<BulkLinks, "open">;
  /** Tells a viewer about one of its streams, if it is there. */
  readonly tell: (viewer: PageName, message: FromStreamMessage) => void;
  /** Cameras of the server, whose frames are here already; without it there are none. */
  readonly cameras?: CameraFrames;
  /** What the process is told for its connections. @default {NO_ICE_SERVERS} */
  readonly iceServers?: IceServers;
  /** A clock that does not go backwards. @default {performance.now} */
  readonly nowMs?: () => number;
}

const monotonicMs = () => performance.now();

/** A stream's own topic, and what waits to go down on it. */
interface StreamTopic {
  readonly topic: Topic;
  readonly results: NewestSender;
  /** Of the relayed pictures that are examined. */
  readonly pace: FramePace;
}

/** Gauges of now, and counters since the start. */
export interface GatewayCounts {
  readonly streams: number;
  /** Streams that were refused, as there were too many. */
  readonly streamsRefused: number;
  /** Results that a newer one overtook on its way to a slow viewer. */
  readonly resultsLost: number;
  /** Results that slow readers of a room's results did not get. */
  readonly watcherResultsLost: number;
}

/**
 * Between the rooms and the inference process: whose streams there are, what comes and goes on their
 * topics, and who reads their results. Long, because both sides tell it, and all of it is about the same
 * map of streams.
 */
export class StreamGateway implements StreamEvents, SupervisorEvents<InferenceTalk> {
  /** Pictures outside any stream. */
  readonly detects: DetectRequests;
  /** Those who read the results of a room. */
  readonly watchers: RoomWatchers;
  /** Frames of cameras of the server; `null`: there are none. */
  readonly cameras: CameraStreams | null;
  readonly #options: GatewayOptions;
  readonly #registry: StreamRegistry;
  readonly #topics = new Map<StreamKey, StreamTopic>();
  #resultsLost = 0;
  #streamsRefused = 0;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#registry = new StreamRegistry(options.limits);
    this.detects = new DetectRequests((message, jpeg) => options.process.send(message, jpeg));
    const { cameras, process, nowMs = monotonicMs } = options;
    this.cameras = cameras === undefined ? null : new CameraStreams({
      cameras,
      process,
      nowMs,
      deliver: (key, text) => this.#deliver(key, text),
    });
    this.watchers = new RoomWatchers((roomId, on) => {
      for (const { key } of this.#registry.ofRoom(roomId)) this.#tap(key, on);
    });
  }

  /** How the inference process is. */
  get state(): SupervisorState<InferenceFacts> {
    return this.#options.process.state;
  }

  /** What is held now, for health pages and tests. */
  counts(): GatewayCounts {
    return {
      streams: this.#registry.all().length,
      streamsRefused: this.#streamsRefused,
      resultsLost: this.#resultsLost,
      watcherResultsLost: this.watchers.lost,
    };
  }

  message(viewer: RoomPage, { stream, body }: ToStreamMessage): void {
    const open = this.#registry.find(viewer, stream);
    switch (body.kind) {
      case "settings":
        return this.#open(viewer, {
          stream,
          settings: body.settings,
          relayed: body.relayed ?? null,
        });
      case "offer":
        if (open === undefined) return this.#tellEnded({ viewer, stream }, this.#absentCause());
        return this.#options.process.send({
          kind: "signal",
          stream: open.key,
          signal: body,
          iceServers: (this.#options.iceServers ?? NO_ICE_SERVERS).forRoom(viewer.roomId),
        });
      case "ice-candidate":
        // Late ones of a stream that has ended are no news to anybody.
        if (open === undefined) return;
        return this.#options.process.send({ kind: "signal", stream: open.key, signal: body });
      case "close":
        this.#close(open);
        return this.#tellEnded({ viewer, stream }, "closed");
      default:
        return assertNever(body);
    }
  }

  roomExpired(roomId: RoomId): void {
    this.watchers.closeRoom(roomId);
  }

  sentAway(roomId: RoomId): void {
    this.watchers.closeStrangers(roomId);
  }

  /** A picture of a phone went out to a viewer: a frame of those of its streams that want it. */
  picture(viewer: PageName, phone: PeerId, frame: RelayFrame): void {
    for (const { key, viewer: owner, relayed } of this.#registry.ofRoom(viewer.roomId)) {
      if (relayed?.phone !== phone || keyOf(owner) !== keyOf(viewer)) continue;
      const { clockOffsetMs, minIntervalMs } = relayed;
      const { pace } = this.#topics.get(key)!;
      pace.set(minIntervalMs);
      const nowMs = (this.#options.nowMs ?? monotonicMs)();
      if (nowMs < pace.turnAtMs!) continue;
      pace.taken(nowMs);
      const chunk = wholeChunk(frame, clockOffsetMs);
      this.#options.process.send({ kind: "message", stream: key, text: null }, chunk);
    }
  }

  /** Has one picture examined. */
  async detect(
    jpeg: Uint8Array,
    settings: StreamSettings,
    account: Account,
  ): Promise<DetectAnswer> {
    if (this.state.kind !== "ready") return { kind: "lost" };
    return await this.detects.run(jpeg, settings, account);
  }

  /** Ends everything: the server goes away. */
  close(): void {
    this.watchers.closeAll();
  }

  /** See {@linkcode SupervisorEvents.onReady}. What was asked for meanwhile is opened now. */
  onReady(): void {
    for (const open of this.#registry.all()) this.#openInChild(open);
  }

  onLost(): void {
    this.detects.loseAll();
    this.cameras?.lost();
    this.#endAll(this.state.kind === "restarting" ? "restarting" : "unavailable");
  }

  onUnable(): void {
    this.#endAll("unavailable");
  }

  onMessage(message: ChildMessage): void {
    switch (message.kind) {
      case "detected":
        return this.detects.settle(message.request, { kind: "result", result: message.result });
      case "undetected":
        return this.detects.settle(message.request, { kind: "dropped", cause: message.cause });
      default: {
        if (this.cameras?.onMessage(message)) return;
        // Closed while the child still worked for it.
        const open = this.#registry.get(message.stream);
        if (open !== undefined) this.#fromStream(open, message);
      }
    }
  }

  #fromStream(open: OpenStream, message: Extract<ChildMessage, { stream: StreamKey }>): void {
    switch (message.kind) {
      case "opened": {
        const { modelId, runMs } = message;
        const topic = this.#topics.get(open.key)!.topic.number;
        return this.#tell(open, { kind: "opened", modelId, runMs, topic });
      }
      case "signal":
        return this.#tell(open, message.signal satisfies StreamSignalBack);
      case "ended":
        this.#forget(open.key);
        return this.#tellEnded(open, message.cause);
      case "message":
        return this.#topics.get(open.key)?.results.send(message.text);
      case "tapped":
        return this.watchers.publish(open.viewer.roomId, taggedWith(open.key, message.text));
      default:
        return assertNever(message);
    }
  }

  #open(viewer: RoomPage, wanted: WantedStream): void {
    const { kind } = this.state;
    if (kind === "unable" || kind === "stopped") {
      return this.#tellEnded({ viewer, stream: wanted.stream }, "unavailable");
    }
    const open = this.#registry.open(viewer, wanted);
    if (typeof open === "string") {
      return this.#tellEnded({ viewer, stream: wanted.stream }, open);
    }
    const { key } = open;
    this.cameras?.set(open);
    if (!this.#topics.has(key)) this.#topics.set(key, this.#openTopic(key, viewer));
    // Otherwise it waits for the process: `onReady` opens it.
    if (kind === "ready") this.#openInChild(open);
  }

  #openTopic(key: StreamKey, viewer: PageName): StreamTopic {
    const topic = this.#options.bulk.open(viewer, {
      receive: (data) => this.#receive(key, data),
      unlinked: () => results.stop(),
      gone: () => this.#close(this.#registry.get(key)),
    });
    const results = new NewestSender(topic, () => this.#resultsLost++);
    return { topic, results, pace: new FramePace() };
  }

  /** What came on the topic of a stream: a chunk of a frame, or a text. */
  #receive(key: StreamKey, data: RecordData): SignalErrorCode | null {
    if (typeof data === "string") {
      if (data.length > MAX_TEXT_CHARS) return "too-large";
      this.#options.process.send({ kind: "message", stream: key, text: data });
      // Frames of others than the phone whose pictures it is for are none of it.
    } else if (this.#registry.get(key)?.relayed === null) {
      this.#options.process.send({ kind: "message", stream: key, text: null }, data);
    }
    return null;
  }

  #openInChild({ key, viewer, settings }: OpenStream): void {
    const account = accountOf(viewer);
    this.#options.process.send({ kind: "settings", stream: key, settings, account });
    if (this.watchers.isWatched(viewer.roomId)) this.#tap(key, true);
  }

  /** What was found on a camera's frame, for one of those who want it. */
  #deliver(key: StreamKey, text: string): void {
    this.#topics.get(key)?.results.send(text);
    const roomId = this.#registry.get(key)?.viewer.roomId;
    // A frame that was dropped is no result.
    if (roomId === undefined || text.startsWith('{"type":')) return;
    if (this.watchers.isWatched(roomId)) this.watchers.publish(roomId, taggedWith(key, text));
  }

  #tap(stream: StreamKey, on: boolean): void {
    this.#options.process.send({ kind: "tap", stream, on });
  }

  #absentCause(): StreamEndCause {
    const { kind } = this.state;
    if (kind === "ready") return "closed";
    return kind === "starting" || kind === "restarting" ? "restarting" : "unavailable";
  }

  /** Forgets a stream, and tells the child. */
  #close(open: OpenStream | undefined): void {
    if (open === undefined) return;
    this.#forget(open.key);
    this.#options.process.send({ kind: "close", stream: open.key });
  }

  #forget(key: StreamKey): void {
    this.cameras?.forget(key);
    this.#registry.close(key);
    const { topic, results } = this.#topics.get(key)!;
    this.#topics.delete(key);
    results.stop();
    topic.close();
  }

  #endAll(cause: StreamEndCause): void {
    for (const open of this.#registry.all()) {
      this.#forget(open.key);
      this.#tellEnded(open, cause);
    }
  }

  #tellEnded({ viewer, stream }: Pick<OpenStream, "viewer" | "stream">, cause: StreamEndCause) {
    if (cause === "too-many-streams") this.#streamsRefused += 1;
    this.#options.tell(viewer, { type: "inference", stream, body: { kind: "ended", cause } });
  }

  #tell({ viewer, stream }: OpenStream, body: FromStreamMessage["body"]): void {
    this.#options.tell(viewer, { type: "inference", stream, body });
  }
}

/** Adds to a result which of the room's streams it is from. The text is the child's own JSON. */
function taggedWith(key: StreamKey, text: string): string {
  return `{"stream_id":${JSON.stringify(key)},${text.slice(1)}`;
}
