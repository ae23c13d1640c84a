import type { RoomId } from "@/protocol";
import { type StoredMap, storedMap } from "../base/stored_map.ts";

/** How this browser came to own a room: it made it, or its person opened a link that others may have. */
export type RoomOrigin = "made" | "opened";

/** Rooms that are remembered; the oldest goes, and its link is then asked about. */
const MAX_ROOMS = 64;

/** The rooms that this browser owned, by their ids, which open nothing. */
export function knownRooms(
  storage: () => Pick<Storage, "getItem" | "setItem">,
): StoredMap<RoomOrigin> & { get(roomId: RoomId): RoomOrigin | null } {
  return storedMap({
    storage,
    key: "peerlens.rooms",
    maxEntries: MAX_ROOMS,
    isValue: (value) => value === "made" || value === "opened",
  });
}
