import type { FrameName } from "./frame_names.ts";

/** Frames that wait for their boxes: as many as a model has in work, and some that are on the way. */
export const MAX_HELD_FRAMES = 6;

/** A frame that waits. */
export interface HeldFrame {
  readonly name: FrameName;
  /** A copy, to be drawn into. */
  readonly i420: Uint8Array;
}

/** The newest frames that were given away to be examined, until what was found on them comes back. */
export class HeldFrames {
  #frames: HeldFrame[] = [];
  /** Memory to be used again. */
  #spare: Uint8Array[] = [];

  /** Keeps a copy. @returns Whether none had to go for it. */
  hold(i420: Uint8Array, name: FrameName): boolean {
    const memory = this.#spare.find(({ length }) => length === i420.length);
    this.#spare = this.#spare.filter((one) => one !== memory && one.length === i420.length);
    const copy = memory ?? new Uint8Array(i420.length);
    copy.set(i420);
    this.#frames.push({ name, i420: copy });
    if (this.#frames.length <= MAX_HELD_FRAMES) return true;
    this.#free(this.#frames.shift()!);
    return false;
  }

  /**
   * The frame of that name, for as long as `use` runs; it and those before it are let go: results come in
   * the order of their frames. @returns How many of these had none; `null`: it is not here any more.
   */
  take(rtpTimestamp: number, use: (frame: HeldFrame) => void): number | null {
    const at = this.#frames.findIndex(({ name }) => name.rtpTimestamp === rtpTimestamp);
    if (at === -1) return null;
    const gone = this.#frames.splice(0, at + 1);
    use(gone.at(-1)!);
    for (const frame of gone) this.#free(frame);
    return at;
  }

  /** Lets all go. */
  clear(): void {
    this.#frames = [];
    this.#spare = [];
  }

  #free({ i420 }: HeldFrame): void {
    this.#spare.push(i420);
  }
}
