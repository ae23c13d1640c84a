import type { RelayedSource, StreamEndCause, StreamSettings } from "@/protocol";
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

/** Whom a stream tells. */
export interface FrameStreamEvents {
  onState(state: FrameStreamState): void;
  /** One text of the results channel, not parsed. */
  onText(text: string): void;
  /** There where a Worker may have the channels of a connection to itself. */
  readonly takeChannels?: TakeChannels;
}

/** One stream of frames to the server, kept up over losses; see `client/rtc/inference_stream.ts`. */
export interface FrameStream {
  /** Largest message that the present transport takes; 0: there is none. */
  readonly maxMessageBytes: number;
  /** Handed over and not sent yet. */
  readonly bufferedBytes: number;
  /** @param relayed Of a stream that was opened for relayed pictures: whose, from now on. */
  setSettings(settings: StreamSettings, relayed?: RelayedSource): void;
  /** Part of a frame, or a text; says whether it was handed to an open transport. */
  send(message: Uint8Array<ArrayBuffer> | string): boolean;
  /** Nothing comes back: the present transport is dead, whatever it says of itself. */
  giveUpTransport(): void;
  /** Whether there are frames to be answered, so that a server that hangs is to be noticed soon. */
  expectAnswers(isExpected: boolean): void;
  close(): void;
}
