import type { LabelledDetection } from "@/protocol";
import type { Detection } from "@/vision";
import type { Timers } from "../base/timers.ts";
import type { FrameResult } from "../inference/worker_messages.ts";
import { PhoneDetections } from "./phone_detections.ts";
import { type ClassCount, TrackCounts } from "../detection/track_counts.ts";

/** What is in the picture, and what was. */
export interface FindingsView {
  readonly detections: readonly Detection[];
  readonly counts: readonly ClassCount[];
}

/** Who gets to know of what is found. */
export interface FindingsOptions {
  readonly timers: Timers;
  onView(view: FindingsView): void;
  /** Nothing is in the picture any more, as far as anybody knows. */
  onClear(): void;
  /** To the phone that is looked at. */
  sendToPhone(detections: readonly LabelledDetection[]): void;
}

/** Without a newer result for so long, nobody knows what is in the picture. */
export const STALE_MS = 1_000;

/** What was found, for those who want to know besides the picture: the page's words and the phone. */
export class Findings {
  readonly #options: FindingsOptions;
  readonly #counts = new TrackCounts();
  readonly #phone: PhoneDetections;
  #detections: readonly Detection[] = [];
  #foundAtMs: number | null = null;

  constructor(options: FindingsOptions) {
    this.#options = options;
    this.#phone = new PhoneDetections({ timers: options.timers, send: options.sendToPhone });
  }

  /** A frame was processed; `labels`: its model's, in class order. */
  add(result: FrameResult, labels: readonly string[]): void {
    this.#counts.add(result);
    this.#phone.add(result, labels);
    this.#detections = result.detections;
    this.#foundAtMs = this.#options.timers.nowMs();
    this.#tell();
  }

  /** To be called a few times a second. */
  tick(): void {
    if (this.#foundAtMs === null) return;
    if (this.#options.timers.nowMs() - this.#foundAtMs > STALE_MS) this.clear();
  }

  /** Nothing is in the picture any more, as far as anybody knows. */
  clear(): void {
    if (this.#foundAtMs === null) return;
    this.#foundAtMs = null;
    this.#detections = [];
    this.#counts.clearNow();
    this.#phone.clear();
    this.#tell();
    this.#options.onClear();
  }

  /** Counts from now on. */
  resetCounts(): void {
    this.#counts.reset();
    this.#tell();
  }

  #tell(): void {
    this.#options.onView({ detections: this.#detections, counts: this.#counts.counts() });
  }
}
