import type { RoomId } from "@/protocol";

/** What waits in a queue, and whose it is. */
export interface Queued {
  readonly roomId: RoomId;
}

/**
 * A bounded queue that rooms share: they take turns, each in its own order. When it is full, the oldest of
 * the room that has most in it gives way, so no room's flood costs another one anything within its share.
 */
export class RoomQueue<T extends Queued> {
  readonly #max: number;
  /** The room whose turn it is comes first. */
  readonly #rooms = new Map<RoomId, T[]>();
  #size = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Puts one at the end. Returns the one that gave way for it, or `null`. */
  push(item: T): T | null {
    const room = this.#rooms.get(item.roomId) ?? [];
    this.#rooms.set(item.roomId, room);
    room.push(item);
    this.#size += 1;
    if (this.#size <= this.#max) return null;
    const [roomId, longest] = [...this.#rooms].reduce((a, b) => b[1].length > a[1].length ? b : a);
    if (longest.length === 1) this.#rooms.delete(roomId);
    return this.#take(longest);
  }

  /** Takes the next one; the room then waits for its next turn. */
  shift(): T | undefined {
    const [next] = this.#rooms;
    if (next === undefined) return undefined;
    const [roomId, room] = next;
    this.#rooms.delete(roomId);
    if (room.length > 1) this.#rooms.set(roomId, room);
    return this.#take(room);
  }

  /** Takes all. */
  drain(): T[] {
    const all = [...this.#rooms.values()].flat();
    this.#rooms.clear();
    this.#size = 0;
    return all;
  }

  get size(): number {
    return this.#size;
  }

  /** The oldest of a room, which has one. */
  #take(room: T[]): T {
    this.#size -= 1;
    return room.shift()!;
  }
}
