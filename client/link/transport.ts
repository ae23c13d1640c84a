import type { LinkRecord } from "@/protocol";

/** What carries a link: a WebSocket; or a streamed answer, and POSTs. The same records go on both. */
export type TransportKind = "websocket" | "stream";

/** One open transport. */
export interface Transport {
  /** Bytes taken by `send` and not yet by the network. */
  readonly bufferedBytes: number;
  /** Whether the first record is on its way: the server may have it. */
  readonly hasSpoken: boolean;
  /** Dropped where it is not open; the loss shows up as `onClose`. */
  send(record: Uint8Array<ArrayBuffer>): void;
  /** Closes without a further event. What was said before still goes out where it can. */
  close(): void;
}

/** What a transport tells. Nothing after `onClose`. */
export interface TransportEvents {
  onRecord(record: LinkRecord): void;
  /** It ended or never opened. Once. */
  onClose(): void;
}

/** Everything needed to open a transport. */
export interface TransportOptions {
  /** Origin of the server, e.g. `https://192.168.1.20:3443`. */
  readonly origin: string;
  /** The record that is sent first. */
  readonly first: Uint8Array<ArrayBuffer>;
  readonly events: TransportEvents;
}

/** Opens a transport of the kind asked for. Its first event comes after this has returned. */
export type OpenTransport = (kind: TransportKind, options: TransportOptions) => Transport;
