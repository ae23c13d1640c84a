import type { RoomId, ToStreamMessage } from "@/protocol";
import type { PageName } from "../link/page.ts";

/** Whom the hub tells about streams of frames. Only owners and view-only viewers come here. */
export interface StreamEvents {
  /** A message about one of its streams. */
  message(viewer: PageName, message: ToStreamMessage): void;
  /** A room died. */
  roomExpired(roomId: RoomId): void;
}
