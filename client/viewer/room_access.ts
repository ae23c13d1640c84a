import type { ClientConfig, Join, RoomId, Token } from "@/protocol";
import {
  createOwnerKeys,
  deriveOwnerKeys,
  type OwnerKeys,
  ownerUrl,
  parseViewerLink,
  phoneUrl,
  viewerUrl,
} from "../rooms/room_keys.ts";
import type { StoredMap } from "../base/stored_map.ts";
import type { RoomOrigin } from "../rooms/known_rooms.ts";
import type { RoomLinks } from "./viewer_state.ts";

/** How this page enters its room. */
export interface RoomAccess {
  readonly roomId: RoomId;
  readonly role: "owner" | "viewer";
  readonly token: Token;
  /** From an owner: what a room that does not exist (any more) is made with. */
  readonly create: NonNullable<Join["create"]> | null;
  /** How this browser came to it; `null`: by an owner's link that is new to it, to be asked about. */
  readonly origin: RoomOrigin | null;
  /** Links to hand out; `null` for a view-only viewer. */
  readonly links: RoomLinks | null;
  /** This page's own address, to be bookmarked; reloading it comes back to the same room. */
  readonly pageUrl: string;
}

/**
 * Reads the page's link, or makes the keys of a new room when it has none.
 * @param rooms Remembers a room that is made.
 * @returns `null` when the link is broken.
 */
export async function openRoomKeys(
  { hash, href, origin }: Pick<Location, "hash" | "href" | "origin">,
  joinOrigins: ClientConfig["joinOrigins"],
  rooms: StoredMap<RoomOrigin>,
): Promise<RoomAccess | null> {
  const link = parseViewerLink(hash);
  switch (link.kind) {
    case "broken":
      return null;
    case "viewer": {
      const { roomId, viewToken: token } = link;
      const access = { roomId, role: "viewer", token, create: null, links: null } as const;
      return { ...access, origin: "opened", pageUrl: href };
    }
    case "owner": {
      const keys = await deriveOwnerKeys(link.roomId, link.ownerToken);
      const known = rooms.get(keys.roomId);
      // What is used is not the oldest.
      if (known !== null) rooms.set(keys.roomId, known);
      return ownerAccess({ keys, origin: known, pageUrl: href }, joinOrigins);
    }
    case "none": {
      const keys = await createOwnerKeys();
      const { hash: fragment } = new URL(ownerUrl(origin, keys));
      rooms.set(keys.roomId, "made");
      const pageUrl = href.replace(/#.*$/, "") + fragment;
      return ownerAccess({ keys, origin: "made", pageUrl }, joinOrigins);
    }
  }
}

function ownerAccess(
  { keys, ...page }: Pick<RoomAccess, "origin" | "pageUrl"> & { readonly keys: OwnerKeys },
  joinOrigins: ClientConfig["joinOrigins"],
): RoomAccess {
  const { roomId, ownerToken: token, viewToken, joinToken } = keys;
  const create = { viewToken, joinToken };
  const access = { roomId, role: "owner", token, create, links: null, ...page } as const;
  return { ...access, links: linksOf(access, joinOrigins) };
}

/** The links that lead into a room by these origins; `null` for a page that may hand out none. */
export function linksOf(
  { roomId, token, create, pageUrl }: RoomAccess,
  joinOrigins: ClientConfig["joinOrigins"],
): RoomLinks | null {
  if (create === null) return null;
  const keys: OwnerKeys = { roomId, ownerToken: token, ...create };
  return {
    join: joinOrigins.map(({ origin, label, isTunnel = false }) => ({
      label,
      isTunnel,
      url: phoneUrl(origin, keys),
    })),
    view: viewerUrl(joinOrigins[0]?.origin ?? new URL(pageUrl).origin, keys),
  };
}
