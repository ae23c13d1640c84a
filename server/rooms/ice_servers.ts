import type { IceServer, RoomId } from "@/protocol";

/** The STUN and TURN servers for the members of one room. */
export interface IceServers {
  /** Fresh credentials with every call. */
  forRoom(roomId: RoomId): readonly IceServer[];
  /** Members get fresh ones this long after the last; `null`: they never expire. */
  readonly renewAfterMs: number | null;
}

/** No servers: host candidates only. */
export const NO_ICE_SERVERS: IceServers = { forRoom: () => [], renewAfterMs: null };
