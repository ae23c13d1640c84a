import { Relays, type RelaysOptions } from "./relays.ts";

/** What of the configuration is the relay's. */
export interface RelayConfig {
  /** Whether the server passes pictures on at all. @default {true} */
  readonly isOn: boolean;
  /** Viewers of all phones that it does so for at once. @default {8} */
  readonly maxRelays: number;
}

/** The relays of a server; `null`: it has none. */
export function makeRelay(
  { isOn, maxRelays }: RelayConfig,
  options: Omit<RelaysOptions, "maxRelays">,
): Relays | null {
  return isOn ? new Relays({ maxRelays, ...options }) : null;
}

/** The relays' part of `GET /healthz`; `null`: there are none. */
export function relayHealth(relays: Relays | null) {
  return relays && { ...relays.counts(), ...relays.counters };
}
