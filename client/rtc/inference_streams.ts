import {
  type FromStreamMessage,
  type Instance,
  randomSecret,
  type RelayedSource,
  type StreamSettings,
} from "@/protocol";
import { consoleLog } from "../base/log.ts";
import { pageTimers } from "../base/timers.ts";
import type { FrameStream, FrameStreamEvents } from "../inference/frame_stream.ts";
import type { ServerLinkState } from "../link/server_link_state.ts";
import { openDataChannelTransport } from "./data_channel_transport.ts";
import { InferenceStream } from "./inference_stream.ts";
import { openTopicTransport } from "./topic_transport.ts";
import type { ViewerRoom } from "./viewer_room.ts";
import { connectionMaker } from "../base/web_rtc.ts";

/** What the streams of one page are made with. */
export interface InferenceStreamsOptions {
  /** The room over which they are set up; `null` before there is one. */
  room(): Pick<ViewerRoom, "sendStream" | "openTopic" | "iceServers" | "watchClosely"> | null;
}

/** This page's streams to the server, in the browser's own connections. */
export class InferenceStreams {
  readonly #options: InferenceStreamsOptions;
  readonly #streams = new Set<InferenceStream>();
  /** Those that expect answers. */
  readonly #expecting = new Set<InferenceStream>();
  #wasJoined = false;

  constructor(options: InferenceStreamsOptions) {
    this.#options = options;
  }

  /**
   * Opens one; it is forgotten when it is closed.
   * @param relayed Whose relayed pictures are its frames; `null`: this page sends them.
   */
  open(
    settings: StreamSettings,
    events: FrameStreamEvents,
    relayed: RelayedSource | null = null,
  ): FrameStream {
    const { room } = this.#options;
    const createConnection = connectionMaker();
    const stream: InferenceStream = new InferenceStream({
      settings,
      relayed,
      events,
      timers: pageTimers,
      log: consoleLog,
      newName: () => randomSecret() as Instance,
      send: (message) => room()?.sendStream(message) ?? false,
      onExpecting: (isExpected) => this.#expect(stream, isExpected),
      onClosed: () => {
        this.#streams.delete(stream);
        this.#expect(stream, false);
      },
      transportOpeners: (topic) => ({
        datachannel: relayed !== null || createConnection === null
          ? null
          : (io) =>
            openDataChannelTransport(
              { iceServers: room()?.iceServers ?? [], createConnection },
              io,
            ),
        // The server gives topics to pages in their rooms.
        link: (io) => openTopicTransport({ openTopic: room()!.openTopic, topic }, io),
      }),
    });
    this.#streams.add(stream);
    return stream;
  }

  /** What the server said of one of them. */
  receive(message: FromStreamMessage): void {
    for (const stream of this.#streams) stream.receive(message);
  }

  /** How this page stands in its room: after a loss, streams are opened anew. */
  signalChanged({ kind }: ServerLinkState): void {
    const isJoined = kind === "joined";
    if (isJoined && !this.#wasJoined) {
      this.#watch();
      for (const stream of this.#streams) stream.rejoined();
    }
    this.#wasJoined = isJoined;
  }

  #expect(stream: InferenceStream, isExpected: boolean): void {
    if (isExpected) this.#expecting.add(stream);
    else this.#expecting.delete(stream);
    this.#watch();
  }

  #watch(): void {
    this.#options.room()?.watchClosely(this.#expecting.size > 0);
  }
}
