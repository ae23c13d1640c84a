import type { OutgoingFrame, RelayedSource, StreamEndCause, StreamSettings } from "@/protocol";
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

/** Whom a stream tells. */
export interface FrameStreamEvents {
  onState(state: FrameStreamState): void;
  /** One text of the results channel, not parsed. */
  onText(text: string): void;
}

/** One stream of frames to the server, kept up over losses; see `client/rtc/inference_stream.ts`. */
export interface FrameStream {
  /** Handed over and not sent yet. */
  readonly bufferedBytes: number;
  /** @param relayed Of a stream that was opened for relayed pictures: whose, from now on. */
  setSettings(settings: StreamSettings, relayed?: RelayedSource): void;
  /** Says whether all of the frame was handed to an open transport. */
  sendFrame(frame: OutgoingFrame): boolean;
  /** Says whether the text was handed to an open transport. */
  sendText(text: string): boolean;
  /** Nothing comes back: the present transport is dead, whatever it says of itself. */
  giveUpTransport(): void;
  close(): void;
}
