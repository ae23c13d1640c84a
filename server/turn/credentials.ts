import { createHmac } from "node:crypto";
import type { IceServer } from "@/protocol";

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
