import type { RelayedSource, StreamEndCause, StreamSettings } from "@/protocol";
import type { PortLike } from "../base/worker_handle.ts";
import type { ChannelEvents, Channels } from "../link/channel_pair.ts";
import type { TransportKind } from "../link/transport.ts";

/** What frames go to the server over. */
export type FrameTransportKind = "datachannel" | TransportKind;

/** How one stream to the server stands. */
export type FrameStreamState =
  /** The stream, or a transport for it, is being opened. */
  | { readonly kind: "connecting" }
  /** Frames may be sent. `runMs`: the model's own warm median on the server. */
  | { readonly kind: "open"; readonly transport: FrameTransportKind; readonly runMs: number | null }
  /**
   * Not now; it is tried again by itself. `away`: the server cannot be reached. `no-transport`: it
   * can, but no transport for frames gets through to it.
   */
  | {
    readonly kind: "waiting";
    readonly cause: "restarting" | "too-many-streams" | "away" | "no-transport";
  }
  /** Not at all, until the settings change. */
  | {
    readonly kind: "ended";
    readonly cause: Extract<StreamEndCause, "unavailable" | "unknown-model">;
  };

/**
 * Hands channels that are not open yet to the Worker that makes the frames, and tells what becomes of
 * them. `false`: they cannot be handed on, and are as they were.
 */
export type TakeChannels = (
  channels: Channels,
  events: Pick<ChannelEvents, "onOpen" | "onClose">,
) => boolean;

/** Takes the stream's topic on the bulk link, to use it or to hand it on, and tells what becomes of it. */
export type TakeTopic = (port: PortLike, events: TopicTakerEvents) => void;

/** Whom one who took a topic tells. */
export interface TopicTakerEvents {
  /** Frames and answers get through, over this. */
  onOpen(transport: TransportKind): void;
  /** Not any more; it comes back by itself. */
  onClose(): void;
  /** Who used it has gone: it is to be given anew. */
  onGone(): void;
}

/** Whom a stream tells. */
export interface FrameStreamEvents {
  onState(state: FrameStreamState): void;
  readonly takeTopic: TakeTopic;
  /** There where a Worker may have the channels of a connection to itself. */
  readonly takeChannels?: TakeChannels;
  /** One text of channels that were not taken, not parsed. */
  onText?(text: string): void;
}

/** One stream of frames to the server, kept up over losses; see `client/rtc/inference_stream.ts`. */
export interface FrameStream {
  /** Largest message that the present transport takes; 0: there is none. */
  readonly maxMessageBytes: number;
  /** Handed over to channels that were not taken, and not sent yet. */
  readonly bufferedBytes: number;
  /** @param relayed Of a stream that was opened for relayed pictures: whose, from now on. */
  setSettings(settings: StreamSettings, relayed?: RelayedSource): void;
  /** Part of a frame, or a text, for channels that were not taken; says whether they were open. */
  send(message: Uint8Array<ArrayBuffer> | string): boolean;
  /** Nothing comes back: the channels in use are dead, whatever they say of themselves. */
  giveUpTransport(): void;
  /** Whether there are frames to be answered, so that a server that hangs is to be noticed soon. */
  expectAnswers(isExpected: boolean): void;
  close(): void;
}
