import type { Instance, PeerId, RoomId, ToStreamMessage } from "@/protocol";

/** One load of a viewer's page in one room: what streams of frames belong to. */
export interface Viewer {
  readonly roomId: RoomId;
  readonly peerId: PeerId;
  readonly instance: Instance;
}

/** Whom the hub tells about viewers and their streams. Only owners and view-only viewers come here. */
export interface StreamEvents {
  /** A viewer joined, or came back on another connection. */
  present(viewer: Viewer): void;
  /** Its connection ended. `left`: for good, also when another took its place. `lost`: perhaps not. */
  absent(viewer: Viewer, reason: "left" | "lost"): void;
  /** A message about one of its streams. */
  message(viewer: Viewer, message: ToStreamMessage): void;
  /** A room died. */
  roomExpired(roomId: RoomId): void;
}
