import type { RelayConfig } from "../base/limits.ts";
import { Relays, type RelaysOptions } from "./relays.ts";

/** The relays of a server; `null`: it has none. */
export function makeRelay(
  { isOn, maxRelays }: RelayConfig,
  options: Omit<RelaysOptions, "maxRelays">,
): Relays | null {
  return isOn ? new Relays({ maxRelays, ...options }) : null;
}
