import type { FromRelayMessage } from "@/protocol";
import type { Viewer } from "../signaling/stream_events.ts";
import { RelayDesk } from "./desk.ts";

/** What of the configuration is the relay's. */
export interface RelayConfig {
  /** Whether the server passes pictures on at all. @default {true} */
  readonly isOn: boolean;
  /** Viewers of all phones that it does so for at once. @default {8} */
  readonly maxRelays: number;
}

/** The relay of a server; `null`: it has none. @param tell Over signalling. */
export function makeRelay(
  { isOn, maxRelays }: RelayConfig,
  tell: (page: Viewer, message: FromRelayMessage) => void,
  now?: () => number,
): RelayDesk | null {
  return isOn ? new RelayDesk({ maxRelays, tell, ...(now === undefined ? {} : { now }) }) : null;
}

/** The relay's part of `GET /healthz`; `null`: there is none. */
export function relayHealth(desk: RelayDesk | null) {
  return desk && { ...desk.counts(), ...desk.counters };
}
