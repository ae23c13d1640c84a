import type { RoomId } from "@/protocol";
import type { TurnFor } from "../base/turn_config.ts";
import type { Visitor } from "../base/visitor.ts";

/** Rooms of guests that have TURN at once, of all and of one address; others are refused it. */
export const MAX_GUEST_ROOMS = 32;
/** See {@linkcode MAX_GUEST_ROOMS}. */
export const MAX_GUEST_ROOMS_PER_ADDRESS = 4;

/** Which rooms may spend what a TURN server costs. Owners who are trusted are never refused. */
export class TurnRooms {
  readonly #for: TurnFor;
  /** By room: the address of the guest who owns it, `null` for one who is trusted. */
  readonly #rooms = new Map<RoomId, string | null>();

  constructor(turnFor: TurnFor) {
    this.#for = turnFor;
  }

  readonly #refused = { "not-trusted": 0, "too-many": 0 };

  /** Rooms that have TURN, and how often one was refused it, by cause. */
  get counts(): {
    readonly rooms: number;
    readonly refused: Readonly<Record<"not-trusted" | "too-many", number>>;
  } {
    return { rooms: this.#rooms.size, refused: { ...this.#refused } };
  }

  has(roomId: RoomId): boolean {
    return this.#rooms.has(roomId);
  }

  /** A room's owner is here. For good once granted: whoever it let in is in its room. Whether it is new. */
  grant(
    roomId: RoomId,
    { address, isTrusted }: Pick<Visitor, "address" | "isTrusted">,
  ): "new" | "known" | "not-trusted" | "too-many" {
    const isKnown = this.#rooms.has(roomId);
    if (isTrusted) this.#rooms.set(roomId, null);
    if (isKnown) return "known";
    if (isTrusted) return "new";
    if (this.#for === "owners") return this.#refuse("not-trusted");
    const guests = [...this.#rooms.values()].filter((owner) => owner !== null);
    const own = guests.filter((owner) => owner === address);
    if (guests.length >= MAX_GUEST_ROOMS || own.length >= MAX_GUEST_ROOMS_PER_ADDRESS) {
      return this.#refuse("too-many");
    }
    this.#rooms.set(roomId, address);
    return "new";
  }

  #refuse<C extends "not-trusted" | "too-many">(cause: C): C {
    this.#refused[cause] += 1;
    return cause;
  }

  forget(roomId: RoomId): void {
    this.#rooms.delete(roomId);
  }
}
