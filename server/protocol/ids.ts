// This module is browser compatible.
import * as v from "valibot";

/** Random bits behind every secret: 16 bytes. */
export const SECRET_BYTES = 16;

// 16 bytes in unpadded base64url are always 22 characters.
const secretSchema = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{22}$/, "Not a 128-bit base64url id"),
);

/**
 * Names one room. Public among those who hold a link to it. 22 base64url characters: the first 16
 * bytes of HMAC-SHA-256 over {@linkcode ROOM_ID_LABEL} under the owner token, so that only its
 * owner can make the room, again too after a restart of the server.
 */
export const roomIdSchema = v.pipe(secretSchema, v.brand("RoomId"));
/** See {@linkcode roomIdSchema}. */
export type RoomId = v.InferOutput<typeof roomIdSchema>;

/** What is signed with an owner token to give the id of its room. */
export const ROOM_ID_LABEL = "peerlens room";

/** Opens a room in one role (owner, viewer or phone). Secret. 22 base64url characters. */
export const tokenSchema = v.pipe(secretSchema, v.brand("Token"));
/** See {@linkcode tokenSchema}. */
export type Token = v.InferOutput<typeof tokenSchema>;

/**
 * A page's own secret, from which the server derives its {@linkcode PeerId}: it lets a peer come
 * back under the same id after a lost socket or a server restart, and nobody else take that id.
 */
export const identitySchema = v.pipe(secretSchema, v.brand("Identity"));
/** See {@linkcode identitySchema}. */
export type Identity = v.InferOutput<typeof identitySchema>;

/** Names one peer in its room: the first 16 bytes of SHA-256(identity), set by the server. */
export const peerIdSchema = v.pipe(secretSchema, v.brand("PeerId"));
/** See {@linkcode peerIdSchema}. */
export type PeerId = v.InferOutput<typeof peerIdSchema>;

/** Names one load of a page. A new one under an old peer id means: reloaded, negotiate afresh. */
export const instanceSchema = v.pipe(secretSchema, v.brand("Instance"));
/** See {@linkcode instanceSchema}. */
export type Instance = v.InferOutput<typeof instanceSchema>;

/** Encodes bytes as unpadded base64url (RFC 4648 section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** A fresh 128-bit secret from the platform's cryptographic generator. */
export function randomSecret(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}
