import {
  type FromStreamMessage,
  type Instance,
  randomSecret,
  type StreamSettings,
} from "@/protocol";
import { consoleLog } from "../base/log.ts";
import { pageTimers } from "../base/timers.ts";
import type { InferenceLink, InferenceLinkEvents } from "../inference/inference_link.ts";
import type { SignalState } from "../signaling/signal_state.ts";
import { openDataChannelCarrier } from "./data_channel_carrier.ts";
import { InferenceStream } from "./inference_stream.ts";
import type { ViewerRoom } from "./viewer_room.ts";
import { openSocketCarrier } from "./socket_carrier.ts";

/** What the streams of one page are made with. */
export interface InferenceStreamsOptions {
  /** Origin of the server. */
  readonly origin: string;
  /** The room over which they are set up; `null` before there is one. */
  room(): Pick<ViewerRoom, "sendStream" | "iceServers"> | null;
}

/** This page's streams to the server, in the browser's own connections and sockets. */
export class InferenceStreams {
  readonly #options: InferenceStreamsOptions;
  readonly #streams = new Set<InferenceStream>();
  #wasJoined = false;

  constructor(options: InferenceStreamsOptions) {
    this.#options = options;
  }

  /** Opens one; it is forgotten when it is closed. */
  open(settings: StreamSettings, events: InferenceLinkEvents): InferenceLink {
    const { origin, room } = this.#options;
    const createConnection = (configuration: RTCConfiguration) =>
      new RTCPeerConnection(configuration);
    const createSocket = (url: URL) => new WebSocket(url);
    const stream: InferenceStream = new InferenceStream({
      settings,
      events,
      timers: pageTimers,
      log: consoleLog,
      newName: () => randomSecret() as Instance,
      send: (message) => room()?.sendStream(message) ?? false,
      onClosed: () => this.#streams.delete(stream),
      open: {
        datachannel: (io) =>
          openDataChannelCarrier({ iceServers: room()?.iceServers ?? [], createConnection }, io),
        websocket: (io) => openSocketCarrier({ origin, createSocket }, io),
      },
    });
    this.#streams.add(stream);
    return stream;
  }

  /** What the server said of one of them. */
  receive(message: FromStreamMessage): void {
    for (const stream of this.#streams) stream.receive(message);
  }

  /** How this page stands in its room: after a loss, streams are opened anew. */
  signalChanged({ kind }: SignalState): void {
    const isJoined = kind === "joined";
    if (isJoined && !this.#wasJoined) { for (const stream of this.#streams) stream.rejoined(); }
    this.#wasJoined = isJoined;
  }
}
