import { isIP } from "node:net";
import type { ServerConfig } from "./config.ts";

/** Where processes of ours take connections of browsers. */
export function rtcPlaceOf(
  { publicHost, rtcPorts, host }: Pick<ServerConfig, "publicHost" | "rtcPorts" | "host">,
) {
  const name = publicHost?.name.replace(/^\[(.*)\]$/, "$1") ?? null;
  // A name would have to be looked up; a browser does that for the page, not for candidates.
  return { rtcPorts, host, publicHost: name !== null && isIP(name) !== 0 ? name : null };
}
