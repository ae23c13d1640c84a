import type { EventOutcome, RoomId } from "@/protocol";

/** Events of a room that are remembered: more than its page lists. */
const MAX_PER_ROOM = 64;

/** Rooms that are remembered; the one that was silent for longest goes first. */
const MAX_ROOMS = 256;

/** What has become of the newest events of each room. */
export class OutcomeBook {
  readonly #rooms = new Map<RoomId, Map<string, EventOutcome>>();

  /** Notes what is known of an event now. */
  set(roomId: RoomId, outcome: EventOutcome): void {
    const events = this.#rooms.get(roomId) ?? new Map<string, EventOutcome>();
    // Put in anew, so that a Map's order is that of last use.
    this.#rooms.delete(roomId);
    this.#rooms.set(roomId, events);
    events.set(outcome.id, outcome);
    forgetFirst(events, MAX_PER_ROOM);
    forgetFirst(this.#rooms, MAX_ROOMS);
  }

  /** What is known of one event. */
  get(roomId: RoomId, id: string): EventOutcome | undefined {
    return this.#rooms.get(roomId)?.get(id);
  }

  /** Of one room, the oldest first. */
  of(roomId: RoomId): readonly EventOutcome[] {
    return [...this.#rooms.get(roomId)?.values() ?? []];
  }
}

function forgetFirst<K>(map: Map<K, unknown>, max: number): void {
  if (map.size <= max) return;
  const [first] = map.keys();
  map.delete(first!);
}
