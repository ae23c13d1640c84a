import {
  randomSecret,
  ROOM_ID_LABEL,
  type RoomId,
  roomIdSchema,
  SECRET_BYTES,
  toBase64Url,
  type Token,
  tokenSchema,
} from "@/protocol";
import * as v from "valibot";

/** All that opens a room. The owner token is its root: everything else follows from it. */
export interface OwnerKeys {
  readonly roomId: RoomId;
  readonly ownerToken: Token;
  readonly viewToken: Token;
  readonly joinToken: Token;
}

/** What a link of one role holds. */
export interface RoomLink {
  readonly roomId: RoomId;
  readonly token: Token;
}

/** What the viewer page was opened with. */
export type ViewerLink =
  | { readonly kind: "owner"; readonly roomId: RoomId; readonly ownerToken: Token }
  | { readonly kind: "viewer"; readonly roomId: RoomId; readonly viewToken: Token }
  /** Nothing in the fragment: a new room is to be made. */
  | { readonly kind: "none" }
  /** Something that is no link of ours, e.g. cut off when copied. */
  | { readonly kind: "broken" };

/** Keys of a new room. */
export async function createOwnerKeys(): Promise<OwnerKeys> {
  const ownerToken = randomSecret() as Token;
  return deriveOwnerKeys(await roomIdOf(ownerToken), ownerToken);
}

/**
 * The one room that an owner token may create. The server checks it, so that nobody who merely
 * knows a room's id can make that room first after a restart. Needs a secure context.
 */
export async function roomIdOf(ownerToken: Token): Promise<RoomId> {
  return await derive(ownerToken, ROOM_ID_LABEL) as RoomId;
}

/**
 * The keys that follow from an owner's link, so that a bookmark of it is enough to make the same
 * room again. The other roles cannot invert them. Needs a secure context (`crypto.subtle`).
 */
export async function deriveOwnerKeys(roomId: RoomId, ownerToken: Token): Promise<OwnerKeys> {
  const [viewToken, joinToken] = await Promise.all([
    derive(ownerToken, `peerlens view ${roomId}`),
    derive(ownerToken, `peerlens join ${roomId}`),
  ]);
  return { roomId, ownerToken, viewToken: viewToken as Token, joinToken: joinToken as Token };
}

/** The owner's link. Whoever has it owns the room. */
export function ownerUrl(origin: string, keys: OwnerKeys): string {
  return `${origin}/#room=${keys.roomId}&owner=${keys.ownerToken}`;
}

/** The link for a view-only viewer. */
export function viewerUrl(origin: string, keys: OwnerKeys): string {
  return `${origin}/#room=${keys.roomId}&view=${keys.viewToken}`;
}

/** The link for a phone; this is what the QR code says. */
export function phoneUrl(origin: string, keys: OwnerKeys): string {
  return `${origin}/join/${keys.roomId}#${keys.joinToken}`;
}

/** Reads the fragment of the viewer page, with or without `#`. */
export function parseViewerLink(fragment: string): ViewerLink {
  const text = trimmed(fragment);
  if (text === "") return { kind: "none" };
  const fields = new URLSearchParams(text);
  const roomId = v.safeParse(roomIdSchema, fields.get("room"));
  const owner = v.safeParse(tokenSchema, fields.get("owner"));
  const view = v.safeParse(tokenSchema, fields.get("view"));
  if (!roomId.success) return { kind: "broken" };
  if (owner.success) return { kind: "owner", roomId: roomId.output, ownerToken: owner.output };
  if (view.success) return { kind: "viewer", roomId: roomId.output, viewToken: view.output };
  return { kind: "broken" };
}

/** Reads a phone's link from path and fragment; `null` where it is not a whole one. */
export function parsePhoneLink(
  place: { readonly pathname: string; readonly hash: string },
): RoomLink | null {
  const roomId = v.safeParse(roomIdSchema, /^\/join\/([^/]+)\/?$/.exec(place.pathname)?.[1]);
  const token = v.safeParse(tokenSchema, trimmed(place.hash));
  return roomId.success && token.success ? { roomId: roomId.output, token: token.output } : null;
}

/** Without the `#`, and without what QR apps and messengers append when they find a link in text. */
function trimmed(fragment: string): string {
  return fragment.replace(/^#/, "").replace(/(?:[.,;:!?)\]}>'"\s]|%20|%22|%3E|%60)+$/i, "");
}

/** The first 16 bytes of HMAC-SHA-256 over `label` under the owner token, in base64url. */
async function derive(ownerToken: Token, label: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(ownerToken), algorithm, false, [
    "sign",
  ]);
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(label));
  return toBase64Url(new Uint8Array(mac, 0, SECRET_BYTES));
}
