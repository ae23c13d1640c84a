import { hasTurn, type IceServer } from "@/protocol";
import { createHmac } from "node:crypto";
import type { IceServers } from "../rooms/ice_servers.ts";
import { logName } from "../base/secrets.ts";
import type { TurnConfig, TurnFor } from "../base/turn_config.ts";
import type { Log } from "../base/log.ts";
import { TurnRooms } from "./turn_rooms.ts";

/** Credentials are made anew this often in their life: those of one room are the same meanwhile. */
const STEPS_PER_LIFE = 4;

/**
 * What is configured as it stands, and the TURN server with credentials for the room. Rooms that were
 * granted none are told of STUN servers only.
 * @param nowMs Ms since the Unix epoch: the TURN server has a clock of its own to compare with.
 */
export function makeIceServers(
  { iceServers, turn, turnFor }: {
    readonly iceServers: readonly IceServer[];
    readonly turn: TurnConfig | null;
    readonly turnFor: TurnFor;
  },
  log: Pick<Log, "warn">,
  nowMs: () => number = Date.now,
): IceServers & { readonly turn: Pick<TurnRooms, "counts"> | null } {
  const rooms = new TurnRooms(turnFor);
  // These cost nobody anything and hold no secret.
  const forAll = iceServers.filter((server) =>
    !hasTurn([server]) && server.credential === undefined
  );
  const needsGrant = turn !== null || forAll.length < iceServers.length;
  return {
    turn: needsGrant ? rooms : null,
    grant(roomId, owner) {
      if (!needsGrant) return false;
      const answer = rooms.grant(roomId, owner);
      if (answer === "not-trusted" || answer === "too-many") {
        log.warn("room without TURN", { code: answer, room: logName(roomId) });
      }
      return answer === "new";
    },
    forget: (roomId) => rooms.forget(roomId),
    forRoom(roomId) {
      if (!rooms.has(roomId)) return forAll;
      if (turn === null) return iceServers;
      const { urls, secret, ttlS } = turn;
      // In steps, so that a room is one user of the TURN server, whose quotas are by user.
      const stepS = Math.max(1, Math.floor(ttlS / STEPS_PER_LIFE));
      const expiresAtS = Math.floor(nowMs() / 1000 / stepS) * stepS + ttlS;
      // The room as our own log names it: the TURN server's log must not lead to the room either.
      const credentials = makeTurnCredentials({ secret, expiresAtS, label: logName(roomId) });
      return [...iceServers, { urls: [...urls], ...credentials }];
    },
    // With a quarter of the time left at least: a page may be away from the server for as long and
    // still reconnect.
    renewAfterMs: turn && (turn.ttlS * 1000) / 2,
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
