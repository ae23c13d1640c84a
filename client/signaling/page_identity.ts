import { type Identity, identitySchema, randomSecret, type Role, type RoomId } from "@/protocol";
import * as v from "valibot";

/** The part of `Storage` that is used. */
export type IdentityStorage = Pick<Storage, "getItem" | "setItem">;

/**
 * This tab's secret in one room and role, kept over reloads: the server derives the peer id from
 * it, so a reloaded page takes its own place again. Where storage is shut (private mode, blocked
 * cookies) it is a fresh one for each load, and only the reload's old place lingers for a while.
 */
export function pageIdentity(
  place: { readonly roomId: RoomId; readonly role: Role },
  storage: () => IdentityStorage,
): Identity {
  const key = `peerlens.identity.${place.role}.${place.roomId}`;
  try {
    const kept = v.safeParse(identitySchema, storage().getItem(key));
    if (kept.success) return kept.output;
    const fresh = randomSecret() as Identity;
    storage().setItem(key, fresh);
    return fresh;
  } catch {
    return randomSecret() as Identity;
  }
}
