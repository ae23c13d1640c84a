/** So long without a frame, and a source is said to give none: two readings of a second, which are not to the ms. */
export const STILL_MS = 1_900;

interface Seen {
  readonly frames: number;
  /** When there were more than before. */
  readonly grownAtMs: number;
  readonly readAtMs: number;
}

/**
 * Tells sources that give frames from those that stand still, by counts that are read now and then.
 * Time in which nothing was read counts for nothing: a page that slept knows nothing of it.
 */
export class PictureWatch<Id> {
  readonly #seen = new Map<Id, Seen>();

  /** Takes a reading: all frames of a source so far; `null`: that cannot be told now. */
  read(id: Id, frames: number | null, nowMs: number): void {
    const before = this.#seen.get(id);
    if (frames === null) return void this.#seen.delete(id);
    const isStill = before?.frames === frames && nowMs - before.readAtMs < STILL_MS;
    this.#seen.set(id, { frames, grownAtMs: isStill ? before.grownAtMs : nowMs, readAtMs: nowMs });
  }

  /** Whether no frame of it came for {@linkcode STILL_MS}. */
  isStill(id: Id): boolean {
    const seen = this.#seen.get(id);
    return seen !== undefined && seen.readAtMs - seen.grownAtMs >= STILL_MS;
  }

  /** Forgets all other sources. */
  keep(ids: readonly Id[]): void {
    for (const id of this.#seen.keys()) if (!ids.includes(id)) this.#seen.delete(id);
  }
}
