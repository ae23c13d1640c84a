import type { IceServer as RtcServer, RtcConfig } from "node-datachannel";
import type { IceServer } from "@/protocol";

/** Longest message on a DataChannel; what Chromium and Firefox take and announce. */
export const MAX_MESSAGE_BYTES = 262_144;

/** Where a process of ours takes connections. */
export interface RtcPlace {
  /** UDP ports, both ends included; `null`: any. */
  readonly rtcPorts: { readonly begin: number; readonly end: number } | null;
  /** Address to listen on, as for the pages. */
  readonly host: string;
  /** Address (not a name) to advertise besides this computer's own, for NAT and containers. */
  readonly publicHost: string | null;
}

/** What node-datachannel is told of our configuration. */
export function rtcConfig(
  { rtcPorts, host }: Pick<RtcPlace, "rtcPorts" | "host">,
  iceServers: readonly IceServer[],
): RtcConfig {
  const isAnyAddress = host === "0.0.0.0" || host === "::" || host === "localhost";
  return {
    iceServers: iceServers.flatMap(({ urls, username, credential }) =>
      urls.flatMap((url) => toIceServer(url, username, credential))
    ),
    maxMessageSize: MAX_MESSAGE_BYTES,
    ...(isAnyAddress ? {} : { bindAddress: host }),
    ...(rtcPorts === null ? {} : {
      portRangeBegin: rtcPorts.begin,
      portRangeEnd: rtcPorts.end,
      // All streams over one port, where there is only one.
      enableIceUdpMux: rtcPorts.begin === rtcPorts.end,
    }),
  };
}

/** Why an offer was not answered. The library has only words for it; these two stand for no socket. */
export function refusalOf(error: unknown): "no-port" | "bad-offer" {
  const isOfPort = error instanceof Error && /ICE candidates|ICE agent/.test(error.message);
  return isOfPort ? "no-port" : "bad-offer";
}

/** Empty for what the library does not speak (TURN over TCP). */
function toIceServer(
  url: string,
  username: string | undefined,
  password: string | undefined,
): (string | RtcServer)[] {
  const match = /^(stun|turn):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(\w+))?$/.exec(url);
  if (match === null) return [];
  const [, scheme, bracketed, port, transport] = match;
  const hostname = bracketed!.replace(/^\[|\]$/g, "");
  if (scheme === "stun") return [`stun:${bracketed}:${port ?? 3478}`];
  if ((transport ?? "udp") !== "udp" || username === undefined || password === undefined) return [];
  return [{ hostname, port: Number(port ?? 3478), username, password, relayType: "TurnUdp" }];
}
