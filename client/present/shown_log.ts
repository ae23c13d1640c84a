import { NONE_SKIPPED, type PresentSkipCause, type ShownFrame } from "./present_messages.ts";

/** What the page is told at once when nobody took anything out for a while. */
const MAX_FRAMES = 256;

/** A frame that was painted; when it is seen is not known yet. */
export type PaintedFrame = Omit<ShownFrame, "displayedAtMs">;

/**
 * Notes what is put on the screen, and what is not. What is painted by the end of an animation frame's
 * callback is handed to the browser's compositor with that frame, and is seen at the next one: so it
 * was in recordings of the screen. What is painted between two callbacks waits for the second.
 */
export class ShownLog {
  readonly #skipped: Record<PresentSkipCause, number> = { ...NONE_SKIPPED };
  #painted: PaintedFrame | null = null;
  #composed: PaintedFrame | null = null;
  #shown: ShownFrame[] = [];
  #shownCount = 0;

  /** Frames that were shown, ever. */
  get shownCount(): number {
    return this.#shownCount;
  }

  /** Frames that were not, ever. */
  get skipped(): Readonly<Record<PresentSkipCause, number>> {
    return { ...this.#skipped };
  }

  /** Painted since the last frame of the screen; another painting would hide it. */
  get isPainted(): boolean {
    return this.#painted !== null;
  }

  /** Something is painted that is not seen yet. */
  get isWaiting(): boolean {
    return this.#painted !== null || this.#composed !== null;
  }

  /** Something is there to be told. */
  get hasNews(): boolean {
    return this.#shown.length > 0;
  }

  /** A frame was painted, or once more with other boxes. */
  painted(frame: PaintedFrame): void {
    const hidden = this.#painted;
    this.#painted = frame;
    if (hidden === null || !hidden.isFirst) return;
    if (frame.isFirst) this.skip("late");
    else this.#painted = { ...frame, isFirst: true };
  }

  /** A frame of the screen begins: what was handed over with the last one is seen. */
  displayed(atMs: number): void {
    if (this.#composed === null) return;
    if (this.#composed.isFirst) this.#shownCount += 1;
    this.#shown.push({ ...this.#composed, displayedAtMs: atMs });
    if (this.#shown.length > MAX_FRAMES) this.#shown.shift();
    this.#composed = null;
  }

  /** Nothing more is painted in this frame of the screen: it is handed over as it is. */
  composed(): void {
    this.#composed = this.#painted;
    this.#painted = null;
  }

  /** Frames were not shown. */
  skip(cause: PresentSkipCause, count = 1): void {
    this.#skipped[cause] += count;
  }

  /** Takes what was shown since the last time. */
  take(): ShownFrame[] {
    const shown = this.#shown;
    this.#shown = [];
    return shown;
  }
}
