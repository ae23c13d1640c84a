import type { IceServer, RoomId } from "@/protocol";
import type { Visitor } from "../base/visitor.ts";

/** The STUN and TURN servers for the members of one room. */
export interface IceServers {
  /** With credentials that hold from now on, if the room was granted any. */
  forRoom(roomId: RoomId): readonly IceServer[];
  /** Its owner is here. Whether its members get credentials that they did not get before. */
  grant(roomId: RoomId, owner: Pick<Visitor, "address" | "isTrusted">): boolean;
  /** The room died. */
  forget(roomId: RoomId): void;
  /** Members get fresh ones this long after the last; `null`: they never expire. */
  readonly renewAfterMs: number | null;
}

/** No servers: host candidates only. */
export const NO_ICE_SERVERS: IceServers = {
  forRoom: () => [],
  grant: () => false,
  forget() {},
  renewAfterMs: null,
};
