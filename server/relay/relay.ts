import { RelayDesk, type RelayDeskOptions } from "./desk.ts";

/** What of the configuration is the relay's. */
export interface RelayConfig {
  /** Whether the server passes pictures on at all. @default {true} */
  readonly isOn: boolean;
  /** Viewers of all phones that it does so for at once. @default {8} */
  readonly maxRelays: number;
}

/** The relay of a server; `null`: it has none. */
export function makeRelay(
  { isOn, maxRelays }: RelayConfig,
  options: Omit<RelayDeskOptions, "maxRelays">,
): RelayDesk | null {
  return isOn ? new RelayDesk({ maxRelays, ...options }) : null;
}

/** The relay's part of `GET /healthz`; `null`: there is none. */
export function relayHealth(desk: RelayDesk | null) {
  return desk && { ...desk.counts(), ...desk.counters };
}
