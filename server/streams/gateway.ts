import {
  assertNever,
  type FromStreamMessage,
  type RoomId,
  type StreamEndCause,
  type StreamSettings,
  type ToStreamMessage,
} from "@/protocol";
import type { StreamKey, StreamSignalBack, ToChild } from "../inference/ipc.ts";
import type { ChildMessage, SupervisorEvents } from "../inference/supervisor.ts";
import type { SupervisorState } from "../inference/supervisor_state.ts";
import type { StreamEvents, Viewer } from "../signaling/stream_events.ts";
import { type IceServers, NO_ICE_SERVERS } from "../signaling/ice_servers.ts";
import { type DetectAnswer, DetectRequests } from "./detect_requests.ts";
import { FrameWires, type WireCounts } from "./frame_wires.ts";
import { RoomWatchers } from "./room_watchers.ts";
import { type OpenStream, type StreamLimits, StreamRegistry } from "./stream_registry.ts";

/** What the gateway needs of the inference process: its supervisor, or a stand-in. */
export interface InferenceProcess {
  readonly state: SupervisorState;
  send(message: ToChild, binary?: Uint8Array): void;
}

/** What a gateway is given. */
export interface GatewayOptions {
  readonly limits: StreamLimits;
  readonly process: InferenceProcess;
  /** Tells a viewer about one of its streams, if it is there. */
  readonly tell: (viewer: Viewer, message: FromStreamMessage) => void;
  /** What the process is told for its connections. @default {NO_ICE_SERVERS} */
  readonly iceServers?: IceServers;
  /** Ms on a clock that does not go backwards. @default {performance.now} */
  readonly now?: () => number;
}

/** Gauges of now, and counters since the start. */
export interface GatewayCounts extends WireCounts {
  readonly streams: number;
  /** Results that slow readers of a room's results did not get. */
  readonly watcherResultsLost: number;
}

/**
 * Between the rooms and the inference process: whose streams there are, which socket carries one,
 * and who reads its results. Holds no socket and starts no timer; {@linkcode sweep} is to be called
 * about once a second.
 */
export class StreamGateway implements StreamEvents, SupervisorEvents {
  /** Pictures outside any stream. */
  readonly detects: DetectRequests;
  /** Those who read the results of a room. */
  readonly watchers: RoomWatchers;
  /** WebSockets that carry streams. */
  readonly wires: FrameWires;
  readonly #options: GatewayOptions;
  readonly #now: () => number;
  readonly #registry: StreamRegistry;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#registry = new StreamRegistry(options.limits);
    this.wires = new FrameWires(this.#now);
    this.detects = new DetectRequests((message, jpeg) => options.process.send(message, jpeg));
    this.watchers = new RoomWatchers((roomId, on) => {
      for (const { key } of this.#registry.ofRoom(roomId)) this.#tap(key, on);
    });
  }

  /** How the inference process is. */
  get state(): SupervisorState {
    return this.#options.process.state;
  }

  /** What is held now, for health pages and tests. */
  counts(): GatewayCounts {
    return {
      ...this.wires.counts(),
      streams: this.#registry.all().length,
      watcherResultsLost: this.watchers.lost,
    };
  }

  /** See {@linkcode StreamEvents.message}. */
  message(viewer: Viewer, { stream, body }: ToStreamMessage): void {
    const open = this.#registry.find(viewer, stream);
    switch (body.kind) {
      case "settings":
        return this.#open(viewer, { stream, settings: body.settings });
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
      case "ticket":
        if (open === undefined) return this.#tellEnded({ viewer, stream }, this.#absentCause());
        return this.#tell(open, { kind: "ticket", ticket: this.wires.issue(open.key) });
      case "close":
        if (open !== undefined) this.#close([open]);
        return this.#tellEnded({ viewer, stream }, "closed");
      default:
        return assertNever(body);
    }
  }

  /** See {@linkcode StreamEvents.present}. */
  present(viewer: Viewer): void {
    this.#close(this.#registry.present(viewer));
  }

  /** See {@linkcode StreamEvents.absent}. */
  absent(viewer: Viewer, reason: "left" | "lost"): void {
    this.#close(this.#registry.absent(viewer, reason, this.#now()));
  }

  /** See {@linkcode StreamEvents.roomExpired}. */
  roomExpired(roomId: RoomId): void {
    this.#close(this.#registry.ofRoom(roomId));
    this.watchers.closeRoom(roomId);
  }

  /** A message that came over the WebSocket of a stream: a chunk of a frame, or a text. */
  receive(key: StreamKey, data: string | Uint8Array): void {
    const isText = typeof data === "string";
    const text = isText ? data : null;
    const binary = isText ? undefined : data;
    this.#options.process.send({ kind: "message", stream: key, text }, binary);
  }

  /** Has one picture examined. */
  async detect(jpeg: Uint8Array, settings: StreamSettings): Promise<DetectAnswer> {
    if (this.state.kind !== "ready") return { kind: "lost" };
    return await this.detects.run(jpeg, settings);
  }

  /** Applies the time limits. */
  sweep(): void {
    this.#close(this.#registry.sweep(this.#now()));
  }

  /** Ends everything: the server goes away. */
  close(): void {
    this.watchers.closeAll();
    this.wires.closeAll();
  }

  /** See {@linkcode SupervisorEvents.onReady}. What was asked for meanwhile is opened now. */
  onReady(): void {
    for (const open of this.#registry.all()) this.#openInChild(open);
  }

  /** See {@linkcode SupervisorEvents.onLost}. */
  onLost(): void {
    this.detects.loseAll();
    this.#endAll(this.state.kind === "restarting" ? "restarting" : "unavailable");
  }

  /** See {@linkcode SupervisorEvents.onUnable}. */
  onUnable(): void {
    this.#endAll("unavailable");
  }

  /** See {@linkcode SupervisorEvents.onMessage}. */
  onMessage(message: ChildMessage): void {
    switch (message.kind) {
      case "detected":
        return this.detects.settle(message.request, { kind: "result", result: message.result });
      case "undetected":
        return this.detects.settle(message.request, { kind: "dropped", cause: message.cause });
      default: {
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
        return this.#tell(open, { kind: "opened", modelId, runMs });
      }
      case "signal":
        return this.#tell(open, message.signal satisfies StreamSignalBack);
      case "ended":
        this.#registry.close(open.key);
        this.wires.forget(open.key);
        return this.#tellEnded(open, message.cause);
      case "message":
        return this.wires.send(open.key, message.text);
      case "tapped":
        return this.watchers.publish(open.viewer.roomId, taggedWith(open.key, message.text));
      default:
        return assertNever(message);
    }
  }

  #open(viewer: Viewer, wanted: Pick<OpenStream, "stream" | "settings">): void {
    const { kind } = this.state;
    if (kind === "unable" || kind === "stopped") {
      return this.#tellEnded({ viewer, stream: wanted.stream }, "unavailable");
    }
    const open = this.#registry.open(viewer, wanted);
    if (typeof open === "string") {
      return this.#tellEnded({ viewer, stream: wanted.stream }, open);
    }
    // Otherwise it waits for the process: `onReady` opens it.
    if (kind === "ready") this.#openInChild(open);
  }

  #openInChild({ key, viewer, settings }: OpenStream): void {
    this.#options.process.send({ kind: "settings", stream: key, settings });
    if (this.watchers.isWatched(viewer.roomId)) this.#tap(key, true);
  }

  #tap(stream: StreamKey, on: boolean): void {
    this.#options.process.send({ kind: "tap", stream, on });
  }

  #absentCause(): StreamEndCause {
    const { kind } = this.state;
    if (kind === "ready") return "closed";
    return kind === "starting" || kind === "restarting" ? "restarting" : "unavailable";
  }

  /** The registry has forgotten these; the child and the wires are told. */
  #close(streams: readonly OpenStream[]): void {
    for (const open of streams) {
      this.#registry.close(open.key);
      this.wires.forget(open.key);
      this.#options.process.send({ kind: "close", stream: open.key });
    }
  }

  #endAll(cause: StreamEndCause): void {
    for (const open of this.#registry.all()) {
      this.#registry.close(open.key);
      this.wires.forget(open.key);
      this.#tellEnded(open, cause);
    }
  }

  #tellEnded({ viewer, stream }: Pick<OpenStream, "viewer" | "stream">, cause: StreamEndCause) {
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
