import type { RoomId } from "@/protocol";

/** Watchers of one room. */
export const MAX_WATCHERS_PER_ROOM = 8;

/** Somebody who reads the results of a room. */
export interface Watcher {
  /** Takes one result, or refuses it because the one before is still on its way. */
  offer(text: string): boolean;
  /** Whether it may still read them. */
  maySee(): boolean;
  /** The room is gone, or not its any more. */
  close(): void;
}

/** Who reads which room's results. Bounded; who is slow loses results, which is counted. */
export class RoomWatchers {
  readonly #rooms = new Map<RoomId, Set<Watcher>>();
  readonly #onChange: (roomId: RoomId, isWatched: boolean) => void;
  #lost = 0;

  /** @param onChange A room got its first watcher, or lost its last. */
  constructor(onChange: (roomId: RoomId, isWatched: boolean) => void) {
    this.#onChange = onChange;
  }

  /** Whether one more may watch. */
  hasPlace(roomId: RoomId): boolean {
    return (this.#rooms.get(roomId)?.size ?? 0) < MAX_WATCHERS_PER_ROOM;
  }

  /** Adds a watcher; the returned function removes it. */
  add(roomId: RoomId, watcher: Watcher): () => void {
    const watchers = this.#rooms.get(roomId) ?? new Set();
    watchers.add(watcher);
    this.#rooms.set(roomId, watchers);
    if (watchers.size === 1) this.#onChange(roomId, true);
    return () => this.#remove(roomId, watchers, watcher);
  }

  /** Whether anybody watches. */
  isWatched(roomId: RoomId): boolean {
    return this.#rooms.has(roomId);
  }

  /** Gives a result to all who watch a room and can take it. */
  publish(roomId: RoomId, text: string): void {
    for (const watcher of this.#rooms.get(roomId) ?? []) {
      if (!watcher.offer(text)) this.#lost++;
    }
  }

  /** Ends the watching of those who may not see a room any more. */
  closeStrangers(roomId: RoomId): void {
    const watchers = this.#rooms.get(roomId) ?? new Set();
    for (const watcher of [...watchers].filter((watcher) => !watcher.maySee())) {
      this.#remove(roomId, watchers, watcher);
      watcher.close();
    }
  }

  /** Ends all watching of a room. */
  closeRoom(roomId: RoomId): void {
    const watchers = [...this.#rooms.get(roomId) ?? []];
    this.#rooms.delete(roomId);
    for (const watcher of watchers) watcher.close();
    if (watchers.length > 0) this.#onChange(roomId, false);
  }

  /** Ends all watching: the server goes away. */
  closeAll(): void {
    for (const roomId of [...this.#rooms.keys()]) this.closeRoom(roomId);
  }

  /** Results that slow watchers did not get, since the start. */
  get lost(): number {
    return this.#lost;
  }

  #remove(roomId: RoomId, watchers: Set<Watcher>, watcher: Watcher): void {
    if (!watchers.delete(watcher) || watchers.size > 0) return;
    // Another set stands there when the room has died meanwhile and came back.
    if (this.#rooms.get(roomId) !== watchers) return;
    this.#rooms.delete(roomId);
    this.#onChange(roomId, false);
  }
}
