import type { TrackedDetection } from "@/vision";
import type { FrameResult } from "../inference/worker_messages.ts";

/** Objects of one class. */
export interface ClassCount {
  readonly classId: number;
  /** In the newest result. */
  readonly now: number;
  /** Objects with an id of their own since the start, or the last reset. */
  readonly unique: number;
}

/**
 * Ids this far behind the newest are taken for counted. Ids rise, and an object has one as soon as
 * it was seen twice; with three hundred objects at once, one that old was counted long ago.
 */
const MAX_BEHIND = 4096;

/** Which ids of one rising sequence have been seen: a bit each for the newest, in a ring. */
class SeenIds {
  readonly #bits = new Uint8Array(MAX_BEHIND / 8);
  #newest = 0;

  /** Notes an id, from 1. @returns Whether it is seen for the first time. */
  add(id: number): boolean {
    if (id <= this.#newest - MAX_BEHIND) return false;
    const from = Math.max(this.#newest + 1, id - MAX_BEHIND + 1);
    // The places that the ring gives to ids it has not held yet.
    for (let fresh = from; fresh <= id; fresh++) this.#bits[this.#byte(fresh)]! &= ~bit(fresh);
    this.#newest = Math.max(this.#newest, id);
    const isNew = (this.#bits[this.#byte(id)]! & bit(id)) === 0;
    this.#bits[this.#byte(id)]! |= bit(id);
    return isNew;
  }

  #byte(id: number): number {
    return (id % MAX_BEHIND) >> 3;
  }
}

function bit(id: number): number {
  return 1 << (id & 7);
}

/**
 * Counts objects by class: those in the picture, and all that were in it. An object that is lost and
 * found again counts again, and so does every object when the tracker begins anew. Its memory does
 * not grow with time.
 */
export class TrackCounts {
  readonly #unique = new Map<number, number>();
  readonly #now = new Map<number, number>();
  #seen = new SeenIds();
  #epoch: number | null = null;

  /** Takes in the newest result. */
  add({ detections, weak, trackEpoch }: Pick<FrameResult, "detections" | "weak" | "trackEpoch">) {
    if (trackEpoch !== this.#epoch) {
      this.#seen = new SeenIds();
      this.#epoch = trackEpoch;
    }
    this.#now.clear();
    for (const found of detections) this.#count(found);
    for (const found of weak) this.#count(found);
  }

  /** Nothing is in the picture any more, as far as anybody knows. */
  clearNow(): void {
    this.#now.clear();
  }

  /** Begins anew. Objects in the picture count again. */
  reset(): void {
    this.#now.clear();
    this.#unique.clear();
    this.#seen = new SeenIds();
  }

  /** Every class that was seen: most in the picture first, then most seen, then in class order. */
  counts(): ClassCount[] {
    const classIds = new Set([...this.#now.keys(), ...this.#unique.keys()]);
    const counts = Array.from(classIds, (classId): ClassCount => ({
      classId,
      now: this.#now.get(classId) ?? 0,
      unique: this.#unique.get(classId) ?? 0,
    }));
    return counts.sort((a, b) => b.now - a.now || b.unique - a.unique || a.classId - b.classId);
  }

  #count({ classId, trackId }: TrackedDetection): void {
    raise(this.#now, classId);
    if (trackId !== null && this.#seen.add(trackId)) raise(this.#unique, classId);
  }
}

function raise(counts: Map<number, number>, classId: number): void {
  counts.set(classId, (counts.get(classId) ?? 0) + 1);
}
