/** What a slot holds must be given back to its decoder, whose pool is small. */
export interface Closable {
  close(): void;
}

/**
 * The place of the one frame that waits while another is in work. A newer frame takes the place of
 * the waiting one, which is closed and counted: what is shown should be of now, not of all.
 */
export class NewestSlot<T extends Closable> {
  #waiting: T | null = null;
  #received = 0;
  #superseded = 0;

  /** Frames offered so far. */
  get received(): number {
    return this.#received;
  }

  /** Frames that a newer one replaced. */
  get superseded(): number {
    return this.#superseded;
  }

  /** Puts a frame into the slot; the slot owns it until it is taken. */
  offer(frame: T): void {
    this.#received += 1;
    if (this.#waiting !== null) {
      this.#waiting.close();
      this.#superseded += 1;
    }
    this.#waiting = frame;
  }

  /**
   * Takes the waiting frame, which the caller then owns and closes; `null` when none waits.
   * @param isWanted Where it says no, the frame waits on.
   */
  take(isWanted: (frame: T) => boolean = () => true): T | null {
    const frame = this.#waiting;
    if (frame === null || !isWanted(frame)) return null;
    this.#waiting = null;
    return frame;
  }

  /** Closes the waiting frame without counting it: its source is gone. */
  clear(): void {
    this.take()?.close();
  }
}
