import type { Instance, PeerId, Role, RoomId } from "@/protocol";
import type { Holder } from "../base/limits.ts";
import type { Visitor } from "../base/visitor.ts";

/** One load of a page in one room. */
export interface PageName {
  readonly roomId: RoomId;
  readonly peerId: PeerId;
  readonly instance: Instance;
}

/** The same, and as what it is there. */
export interface RoomPage extends PageName {
  readonly role: Role;
  readonly from: Pick<Visitor, "address" | "isTrusted">;
}

/** Its name among all rooms. Ids have one length each, so joining them is unambiguous. */
export function keyOf({ roomId, peerId, instance }: PageName): string {
  return roomId + peerId + instance;
}

/** The page as one that has places of what all share. */
export function holderOf({ roomId, role, from }: RoomPage): Holder {
  return { roomId, address: from.address, isTrusted: role === "owner" && from.isTrusted };
}
