import type { PresentSkipCause, ShownFrame } from "./present_messages.ts";

/** What the page is told at once when nobody took anything out for a while. */
const MAX_FRAMES = 256;

/** A frame that was painted; when it is seen is not known yet. */
export type PaintedFrame = Omit<ShownFrame, "displayedAtMs">;

/** Notes what is put on the screen, and what is not. */
export class ShownLog {
  readonly #skipped: Record<PresentSkipCause, number> = { late: 0, full: 0, broken: 0 };
  #painted: PaintedFrame[] = [];
  #shown: ShownFrame[] = [];
  #shownCount = 0;

  /** Frames that were painted, ever. */
  get shownCount(): number {
    return this.#shownCount;
  }

  /** Frames that were not, ever. */
  get skipped(): Readonly<Record<PresentSkipCause, number>> {
    return { ...this.#skipped };
  }

  /** Something is painted that no frame of the screen has shown yet. */
  get isWaiting(): boolean {
    return this.#painted.length > 0;
  }

  /** Something is there to be told. */
  get hasNews(): boolean {
    return this.#shown.length > 0;
  }

  /** A frame was painted, or once more with other boxes. */
  painted(frame: PaintedFrame): void {
    if (frame.isFirst) this.#shownCount += 1;
    this.#painted.push(frame);
    if (this.#painted.length > MAX_FRAMES) this.#painted.shift();
  }

  /** The screen shows by now what was painted before. */
  displayed(atMs: number): void {
    for (const frame of this.#painted) this.#shown.push({ ...frame, displayedAtMs: atMs });
    this.#painted = [];
    if (this.#shown.length > MAX_FRAMES) this.#shown = this.#shown.slice(-MAX_FRAMES);
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
