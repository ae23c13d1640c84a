import type { FromRelayWire, RelayCloseReason } from "@/protocol";

/** The two ways to the server. The same messages travel on both. */
export type WireKind = "websocket" | "stream";

/** One open way. */
export interface Wire {
  /** Bytes taken by `send` and not yet by the network. */
  readonly bufferedBytes: number;
  /** Dropped where it is not open; the loss shows up as `onClose`. */
  send(message: string | Uint8Array<ArrayBuffer>): void;
  /** Closes without a further event. */
  close(): void;
}

/** What a wire tells. Nothing after `onClose`, which comes once. */
export interface WireEvents {
  onText(message: FromRelayWire): void;
  onFrame(message: Uint8Array<ArrayBuffer>): void;
  /** `null`: it ended, or never opened, without a word of the server. */
  onClose(reason: RelayCloseReason | null): void;
}

/** Opens a wire with a ticket. Its first event comes after this has returned. */
export type OpenWire = (kind: WireKind, ticket: string, events: WireEvents) => Wire;
