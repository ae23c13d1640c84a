import { createHash, createHmac } from "node:crypto";
import {
  type Identity,
  type PeerId,
  ROOM_ID_LABEL,
  type RoomId,
  SECRET_BYTES,
  type Token,
} from "@/protocol";

/**
 * Derives the public name of a peer from its secret identity: the first 16 bytes of SHA-256 in
 * base64url. Synchronous on purpose, so that messages of one link are handled in their order.
 */
export function peerIdOf(identity: Identity): PeerId {
  const digest = createHash("sha256").update(identity).digest();
  return digest.subarray(0, SECRET_BYTES).toString("base64url") as PeerId;
}

/**
 * The one room that an owner token may create: the first 16 bytes of HMAC-SHA-256 under it, in
 * base64url. Its twin is `roomIdOf()` of `client/rooms/room_keys.ts`.
 */
export function roomIdOf(ownerToken: Token): RoomId {
  const mac = createHmac("sha256", ownerToken).update(ROOM_ID_LABEL).digest();
  return mac.subarray(0, SECRET_BYTES).toString("base64url") as RoomId;
}
