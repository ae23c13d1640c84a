import type { OutgoingFrame, StreamEndCause, StreamSettings } from "@/protocol";

/** What carries frames to the server. */
export type FrameCarrierKind = "datachannel" | "websocket";

/** How one stream to the server stands. */
export type InferenceLinkState =
  /** The stream or its carrier is being opened. */
  | { readonly kind: "connecting" }
  /** Frames may be sent. `runMs`: the model's own warm median on the server. */
  | { readonly kind: "open"; readonly carrier: FrameCarrierKind; readonly runMs: number | null }
  /**
   * Not now; it is tried again by itself. `away`: the server cannot be reached. `no-way`: it can,
   * but neither carrier gets through to it.
   */
  | {
    readonly kind: "waiting";
    readonly cause: "restarting" | "too-many-streams" | "away" | "no-way";
  }
  /** Not at all, until the settings change. */
  | {
    readonly kind: "ended";
    readonly cause: Extract<StreamEndCause, "unavailable" | "unknown-model">;
  };

/** Whom a link tells. */
export interface InferenceLinkEvents {
  onState(state: InferenceLinkState): void;
  /** One text of the results channel, not parsed. */
  onText(text: string): void;
}

/** One stream of frames to the server, kept up over losses; see `client/rtc/inference_stream.ts`. */
export interface InferenceLink {
  /** Handed over and not sent yet. */
  readonly bufferedBytes: number;
  setSettings(settings: StreamSettings): void;
  /** Says whether all of the frame was handed to an open carrier. */
  sendFrame(frame: OutgoingFrame): boolean;
  /** Says whether the text was handed to an open carrier. */
  sendText(text: string): boolean;
  /** Nothing comes back: the present carrier is dead, whatever it says of itself. */
  giveUpCarrier(): void;
  close(): void;
}
