import {
  randomSecret,
  type RoomId,
  roomIdSchema,
  SECRET_BYTES,
  toBase64Url,
  type Token,
  tokenSchema,
} from "@/protocol";
import * as v from "valibot";

/** All that opens a room. The owner token is its root: the other two follow from it. */
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
export function createOwnerKeys(): Promise<OwnerKeys> {
  return deriveOwnerKeys(randomSecret() as RoomId, randomSecret() as Token);
}

/**
 * The keys that follow from an owner's link, so that a bookmark of it is enough to make the same
 * room again: 16 bytes of HMAC-SHA-256 under the owner token, which the other roles cannot invert.
 * Needs a secure context (`crypto.subtle`).
 */
export async function deriveOwnerKeys(roomId: RoomId, ownerToken: Token): Promise<OwnerKeys> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(ownerToken), algorithm, false, [
    "sign",
  ]);
  const derive = async (role: "join" | "view") => {
    const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(`peerlens ${role} ${roomId}`));
    return toBase64Url(new Uint8Array(mac, 0, SECRET_BYTES)) as Token;
  };
  const [viewToken, joinToken] = await Promise.all([derive("view"), derive("join")]);
  return { roomId, ownerToken, viewToken, joinToken };
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
