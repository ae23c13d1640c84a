import type { RelayCloseReason } from "@/protocol";

/** One end of a relay as this process sees it: a WebSocket, or a streamed answer and POSTs. */
export interface RelayWire {
  /** Secret that POSTs name this wire by; `undefined` where it needs none. */
  readonly session?: string;
  /** Takes a message, in order. Never throws; what comes after the end is dropped. */
  send(message: string | Uint8Array<ArrayBuffer>): void;
  /** Ends it after what was sent. */
  close(reason: RelayCloseReason): void;
  /** Bytes taken by `send` and not yet by the network. */
  bufferedBytes(): number;
}

/** How a WebSocket says it: as the rest of the protocol does. */
export function closeCodeOfRelay(reason: RelayCloseReason): number {
  if (reason === "ended") return 1000;
  if (reason === "server-closing") return 1001;
  if (reason === "bad-message" || reason === "bad-frame") return 1007;
  return reason === "too-large" ? 1009 : 1008;
}
