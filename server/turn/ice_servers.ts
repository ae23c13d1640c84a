import type { IceServer } from "@/protocol";
import { createHmac } from "node:crypto";
import type { IceServers } from "../rooms/ice_servers.ts";
import { logName } from "../base/secrets.ts";
import type { TurnConfig } from "../base/turn_config.ts";

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

/** A name and a password that a TURN server takes until a time that stands in the name. */
export type TurnCredentials = Required<Pick<IceServer, "username" | "credential">>;

/** What credentials are made from. */
export interface TurnGrant {
  /** Shared with the TURN server (`static-auth-secret` of coturn). */
  readonly secret: string;
  /** Whole seconds since the Unix epoch. */
  readonly expiresAtS: number;
  /** For the TURN server's log: whom they were made for. Has no colon. */
  readonly label: string;
}

/**
 * Makes credentials that expire by themselves. The TURN server makes the same from its copy of the
 * secret, so it need not be told of anybody.
 *
 * Source: "A REST API For Access To TURN Services", draft-uberti-behave-turn-rest-00, section 2.2,
 * as coturn reads it (`use-auth-secret`): the time comes first, HMAC-SHA-1, base64 with padding.
 */
export function makeTurnCredentials({ secret, expiresAtS, label }: TurnGrant): TurnCredentials {
  const username = `${expiresAtS}:${label}`;
  return { username, credential: createHmac("sha1", secret).update(username).digest("base64") };
}
