import type { IceServer } from "@/protocol";
import type { IceServers } from "../signaling/ice_servers.ts";
import { logName } from "../signaling/tokens.ts";
import { makeTurnCredentials } from "./credentials.ts";
import type { TurnConfig } from "./turn_config.ts";

/**
 * What is configured as it stands, and the TURN server with credentials for the room.
 * @param nowMs Ms since the Unix epoch: the TURN server has a clock of its own to compare with.
 */
export function makeIceServers(
  { iceServers, turn }: {
    readonly iceServers: readonly IceServer[];
    readonly turn: TurnConfig | null;
  },
  nowMs: () => number = Date.now,
): IceServers {
  if (turn === null) return { forRoom: () => iceServers, renewAfterMs: null };
  const { urls, secret, ttlS } = turn;
  return {
    forRoom(roomId) {
      const expiresAtS = Math.floor(nowMs() / 1000) + ttlS;
      // The room as our own log names it: the TURN server's log must not lead to the room either.
      const credentials = makeTurnCredentials({ secret, expiresAtS, label: logName(roomId) });
      return [...iceServers, { urls: [...urls], ...credentials }];
    },
    // With half of the time left: a page may be away from the server for as long and still reconnect.
    renewAfterMs: (ttlS * 1000) / 2,
  };
}
