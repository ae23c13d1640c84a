import type { RoomId, ToRelayMessage, ToStreamMessage } from "@/protocol";
import type { RoomPage } from "../link/page.ts";

// What the hub passes on to parts that a server may do without.

/** Whom the hub tells about pages that may have their pictures passed on by this server. */
export interface RelayEvents {
  /** What it asks for; `false`: its role may not. */
  message(page: RoomPage, message: ToRelayMessage): boolean;
  /** Applies every time limit; called about once a second. */
  sweep(): void;
}

/** Whom the hub tells about streams of frames. Only owners and view-only viewers come here. */
export interface StreamEvents {
  /** A message about one of its streams. */
  message(viewer: RoomPage, message: ToStreamMessage): void;
  /** Somebody may not see a room any more. */
  sentAway(roomId: RoomId): void;
  /** A room died. */
  roomExpired(roomId: RoomId): void;
}
