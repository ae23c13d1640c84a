import type { Role, RoomId, ToRelayMessage } from "@/protocol";
import type { Viewer } from "./stream_events.ts";

/** One load of a page in one room, and as what. */
export interface RoomPage extends Viewer {
  readonly role: Role;
}

/** Whom the hub tells about pages that may have their pictures passed on by this server. */
export interface RelayEvents {
  /** A page joined, or came back on another connection. */
  present(page: RoomPage): void;
  /** Its connection ended. `left`: for good, also when another took its place. `lost`: perhaps not. */
  absent(page: RoomPage, reason: "left" | "lost"): void;
  /** What it asks for; `false`: its role may not. */
  message(page: RoomPage, message: ToRelayMessage): boolean;
  /** A room died. */
  roomExpired(roomId: RoomId): void;
  /** Applies every time limit; called about once a second. */
  sweep(): void;
  /** The server goes away. */
  close(): void;
}
