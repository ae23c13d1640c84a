import type { ToRelayMessage } from "@/protocol";
import type { RoomPage } from "../link/page.ts";

/** Whom the hub tells about pages that may have their pictures passed on by this server. */
export interface RelayEvents {
  /** What it asks for; `false`: its role may not. */
  message(page: RoomPage, message: ToRelayMessage): boolean;
  /** Applies every time limit; called about once a second. */
  sweep(): void;
}
