import type { LabelledDetection } from "@/protocol";
import type { Timers } from "../base/timers.ts";

/** Boxes begin to fade when nothing new has come for this long, and are gone at the second time. */
export const FADE_MS = 600;
export const GONE_MS = 1_000;

/** What the phone's own picture is shown with. */
export interface ShownDetections {
  readonly detections: readonly LabelledDetection[];
  /** They are old: what they show may no longer be there. */
  readonly isFading: boolean;
}

/** Nothing, and one for all times, so that nothing is drawn again for it. */
export const NO_DETECTIONS: ShownDetections = { detections: [], isFading: false };

/** Keeps what a viewer last said for as long as it is worth showing. */
export class FreshDetections {
  readonly #timers: Timers;
  readonly #onChange: (shown: ShownDetections) => void;
  #timer: number | undefined;

  constructor(timers: Timers, onChange: (shown: ShownDetections) => void) {
    this.#timers = timers;
    this.#onChange = onChange;
  }

  /** Shows what was found just now. */
  add(detections: readonly LabelledDetection[]): void {
    if (detections.length === 0) return this.clear();
    this.#timers.clearTimeout(this.#timer);
    this.#onChange({ detections, isFading: false });
    this.#timer = this.#timers.setTimeout(() => {
      this.#onChange({ detections, isFading: true });
      this.#timer = this.#timers.setTimeout(() => this.clear(), GONE_MS - FADE_MS);
    }, FADE_MS);
  }

  /** Shows nothing: another picture, or none. */
  clear(): void {
    this.#timers.clearTimeout(this.#timer);
    this.#onChange(NO_DETECTIONS);
  }
}
