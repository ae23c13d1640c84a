import { type Identity, identitySchema, randomSecret, type Role, type RoomId } from "@/protocol";
import * as v from "valibot";

/** The part of `Storage` that is used. */
export type IdentityStorage = Pick<Storage, "getItem" | "setItem">;

/** What the browser keeps of a phone: the last room's alone, so that it does not grow. */
const LAST_PHONE = "peerlens.identity.phone";

/**
 * Storage of a phone: of its tab, and behind that of its browser. A phone is one camera: when its
 * browser was closed and the link is opened again, it takes its own place again instead of another
 * one beside its ghost. A second tab in the same room replaces the first.
 */
export function phoneStorage(tab: IdentityStorage, browser: IdentityStorage): IdentityStorage {
  return {
    getItem(key) {
      const [lastKey, identity = null] = browser.getItem(LAST_PHONE)?.split(" ") ?? [];
      return tab.getItem(key) ?? (lastKey === key ? identity : null);
    },
    setItem(key, identity) {
      tab.setItem(key, identity);
      browser.setItem(LAST_PHONE, `${key} ${identity}`);
    },
  };
}

/**
 * This page's secret in one room and role, kept over reloads: the server derives the peer id from
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
