/** What the scheduler must know of a frame. */
export interface Waiting {
  /** Ms; from then on the frame is not worked on. */
  readonly expiresAtMs: number;
}

interface Slot<F> {
  waiting: F | null;
  isHeld: boolean;
}

/**
 * Whose frame is next. Each stream has one place, which holds its newest frame, and streams are served
 * in turn: the one that was served longest ago is first, so none starves, whatever the others send. A
 * held stream (its frame is in work, or its model loads) is passed over. No clock of its own.
 */
export class Scheduler<K, F extends Waiting> {
  /** The stream served longest ago first: serving one moves it to the end. */
  readonly #slots = new Map<K, Slot<F>>();

  /** Frames that wait. At most one for each stream. */
  get waiting(): number {
    let count = 0;
    for (const slot of this.#slots.values()) if (slot.waiting !== null) count += 1;
    return count;
  }

  /** Takes a stream up, held. */
  open(stream: K): void {
    this.#slots.set(stream, { waiting: null, isHeld: true });
  }

  /** Lets a stream go. @returns The frame that waited. */
  close(stream: K): F | null {
    const waiting = this.#slots.get(stream)?.waiting ?? null;
    this.#slots.delete(stream);
    return waiting;
  }

  /** Lets frames of the stream be taken again. */
  release(stream: K): void {
    const slot = this.#slots.get(stream);
    if (slot !== undefined) slot.isHeld = false;
  }

  /**
   * Puts a frame into its stream's place.
   * @returns The frame that waited there and is superseded.
   * @throws {RangeError} If the stream is not open.
   */
  offer(stream: K, frame: F): F | null {
    const slot = this.#slots.get(stream);
    if (slot === undefined) throw new RangeError(`Cannot take frame: stream ${stream} is not open`);
    const superseded = slot.waiting;
    slot.waiting = frame;
    return superseded;
  }

  /** Takes the next frame, whose stream is then held. Call {@linkcode Scheduler.expire} before. */
  take(): { stream: K; frame: F } | null {
    for (const [stream, slot] of this.#slots) {
      const frame = slot.waiting;
      if (frame === null || slot.isHeld) continue;
      this.#slots.delete(stream);
      this.#slots.set(stream, { waiting: null, isHeld: true });
      return { stream, frame };
    }
    return null;
  }

  /** Gives up the frames that are too old. */
  expire(nowMs: number): { stream: K; frame: F }[] {
    const expired: { stream: K; frame: F }[] = [];
    for (const [stream, slot] of this.#slots) {
      if (slot.waiting === null || nowMs < slot.waiting.expiresAtMs) continue;
      expired.push({ stream, frame: slot.waiting });
      slot.waiting = null;
    }
    return expired;
  }
}
