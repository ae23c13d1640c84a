import type {
  DataChannel,
  IceServer as RtcServer,
  PeerConnection,
  RtcConfig,
} from "node-datachannel";
import { type IceServer, INFERENCE_CHANNELS } from "@/protocol";
import type { ChildConfig } from "./child_config.ts";

/** Longest message on a DataChannel; what Chromium and Firefox take and announce. */
export const MAX_MESSAGE_BYTES = 262_144;

/** What node-datachannel is told of our configuration. */
export function rtcConfig(
  { rtcPorts, host }: Pick<ChildConfig, "rtcPorts" | "host">,
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

/** Opens the channels of a stream, as both of its ends do. */
export function openChannels(
  connection: PeerConnection,
): [frames: DataChannel, results: DataChannel] {
  const { frames, results, maxPacketLifeTimeMs: maxPacketLifeTime } = INFERENCE_CHANNELS;
  const open = ({ label, id }: { label: string; id: number }) =>
    connection.createDataChannel(label, {
      negotiated: true,
      id,
      unordered: true,
      maxPacketLifeTime,
    });
  return [open(frames), open(results)];
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
