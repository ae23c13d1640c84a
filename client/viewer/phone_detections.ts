import { type LabelledDetection, MAX_PHONE_DETECTIONS } from "@/protocol";
import type { TrackedDetection } from "@/vision";
import type { Timers } from "../base/timers.ts";
import type { FrameResult } from "../inference/worker_messages.ts";

/** Five times a second: what a person can follow on a small screen, and some 20 kB/s at most. */
const INTERVAL_MS = 200;

/** What the phone is shown with. */
export interface PhoneDetectionsOptions {
  readonly timers: Timers;
  /** Best score first. */
  send(detections: readonly LabelledDetection[]): void;
}

/**
 * Tells a phone what was found on its picture, the newest result every {@linkcode INTERVAL_MS} at
 * most. That there is nothing is said once.
 */
export class PhoneDetections {
  readonly #options: PhoneDetectionsOptions;
  #waiting:
    | { readonly found: readonly TrackedDetection[]; readonly labels: readonly string[] }
    | null = null;
  #timer: number | undefined;
  /** Something was sent in the last moments. */
  #isResting = false;
  #hasSent = false;

  constructor(options: PhoneDetectionsOptions) {
    this.#options = options;
  }

  /** Takes the newest result; `labels`: its model's, in class order. */
  add({ detections, weak }: Pick<FrameResult, "detections" | "weak">, labels: readonly string[]) {
    this.#waiting = { found: [...detections, ...weak], labels };
    if (!this.#isResting) this.#flush();
  }

  /** Nothing is looked for any more: tells the phone, if it was shown something. */
  clear(): void {
    this.add({ detections: [], weak: [] }, []);
  }

  /** Sends nothing any more. */
  close(): void {
    this.#options.timers.clearTimeout(this.#timer);
    this.#waiting = null;
    this.#isResting = true;
  }

  #flush(): void {
    this.#isResting = false;
    if (this.#waiting === null) return;
    const { found, labels } = this.#waiting;
    this.#waiting = null;
    if (found.length === 0 && !this.#hasSent) return;
    this.#hasSent = found.length > 0;
    this.#isResting = true;
    this.#timer = this.#options.timers.setTimeout(() => this.#flush(), INTERVAL_MS);
    const best = found.toSorted((a, b) => b.score - a.score).slice(0, MAX_PHONE_DETECTIONS);
    this.#options.send(best.map((one) => toMessage(one, labels)));
  }
}

function toMessage(
  { box, score, classId, trackId }: TrackedDetection,
  labels: readonly string[],
): LabelledDetection {
  return { label: labels[classId] ?? `class ${classId}`, score, ...box, track_id: trackId };
}
