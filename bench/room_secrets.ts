import { PROTOCOL_VERSION } from "@/protocol";

/** What a peer is in its room. */
export type PeerRole = "owner" | "viewer" | "phone";

/** Secrets of one room. */
export interface RoomSecrets {
  readonly roomId: string;
  readonly owner: string;
  readonly viewer: string;
  readonly phone: string;
}

/** 128 bits in unpadded base64url. */
export function secret(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(16)));
}

/** Secrets of a new room; its id follows from the owner's. */
export async function newRoom(): Promise<RoomSecrets> {
  const owner = secret();
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(owner), algorithm, false, [
    "sign",
  ]);
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode("peerlens room"));
  const roomId = base64url(new Uint8Array(mac).subarray(0, 16));
  return { roomId, owner, viewer: secret(), phone: secret() };
}

/** A join message; an owner's makes the room. */
export function joinMessage(
  room: RoomSecrets,
  role: PeerRole,
  change: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const create = { viewToken: room.viewer, joinToken: room.phone };
  return {
    type: "join",
    version: PROTOCOL_VERSION,
    roomId: room.roomId,
    role,
    token: room[role],
    identity: secret(),
    instance: secret(),
    ...(role === "owner" ? { create } : {}),
    ...change,
  };
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_")
    .replace(/=+$/, "");
}
