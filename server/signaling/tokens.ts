import { Buffer } from "node:buffer";
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import {
  type Identity,
  type PeerId,
  ROOM_ID_LABEL,
  type RoomId,
  SECRET_BYTES,
  type Token,
} from "@/protocol";

/**
 * Compares two secrets without telling, by the time it takes, how much of a guess was right.
 * Their lengths are no secret: all of ours have the same.
 */
export function secretsEqual(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}

/**
 * Derives the public name of a peer from its secret identity: the first 16 bytes of SHA-256 in
 * base64url. Synchronous on purpose, so that messages of one socket are handled in their order.
 */
export function peerIdOf(identity: Identity): PeerId {
  const digest = createHash("sha256").update(identity).digest();
  return digest.subarray(0, SECRET_BYTES).toString("base64url") as PeerId;
}

/**
 * The one room that an owner token may create: the first 16 bytes of HMAC-SHA-256 under it, in
 * base64url. Its twin is `roomIdOf()` of `client/signaling/room_keys.ts`.
 */
export function roomIdOf(ownerToken: Token): RoomId {
  const mac = createHmac("sha256", ownerToken).update(ROOM_ID_LABEL).digest();
  return mac.subarray(0, SECRET_BYTES).toString("base64url") as RoomId;
}

/** Made anew at every start, so that not even who knows an id finds it in an older log. */
const LOG_KEY = randomBytes(32);

/** A name for logs that leads to no room and no person: eight characters of a keyed hash. */
export function logName(id: string): string {
  return createHmac("sha256", LOG_KEY).update(id).digest("hex").slice(0, 8);
}
