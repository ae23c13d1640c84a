import {
  type FromClientMessage,
  type FromServerMessage,
  type Join,
  parseFromServer,
} from "@/protocol";
import type { Log } from "../base/log.ts";
import type { CarrierKind } from "./carrier_choice.ts";

/** One open way to the server. */
export interface Carrier {
  /** Dropped where the carrier is not open; the loss shows up as `onClose`. */
  send(message: FromClientMessage): void;
  /** Closes without a further `onClose`. What was sent before still goes out where it can. */
  close(): void;
}

/** What a carrier tells. Nothing after `onClose`. */
export interface CarrierEvents {
  onMessage(message: FromServerMessage): void;
  /** The carrier ended or never opened. Once. */
  onClose(): void;
}

/** Everything needed to open a carrier. */
export interface CarrierOptions {
  /** Origin of the server, e.g. `https://192.168.1.20:3443`. */
  readonly origin: string;
  /** Sent first. */
  readonly join: Join;
  readonly events: CarrierEvents;
  readonly log: Log;
}

/** Opens a carrier of the kind asked for. Its first event comes after this has returned. */
export type OpenCarrier = (kind: CarrierKind, options: CarrierOptions) => Carrier;

/** A message of a newer server is no reason to drop a working connection: one line, then go on. */
export function parsed(data: unknown, log: Log): FromServerMessage | null {
  try {
    return parseFromServer(String(data));
  } catch (error) {
    log(`ignored a message of the server: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}
