import type { TrackedDetection } from "@/vision";
import { type BoxList, iou } from "./box_list.ts";
import { haveCommonIds, type PlacedResult } from "./result_book.ts";

/** Up to this age of the newest result boxes are drawn in full. */
const FRESH_MS = 150;

/** At this age they are gone: what they showed is no longer known to be there. */
const GONE_MS = 1_000;

/** An object that the newest result no longer has is drawn for so long, fading. */
const LOST_MS = 500;

/** A lost object is not drawn over one that was found in its place. */
const SAME_PLACE_IOU = 0.4;

interface Lost {
  readonly found: TrackedDetection;
  /** Time of the last frame that had it, and of the first that had it not. */
  readonly seenMs: number;
  readonly missedMs: number;
}

/** How visible boxes are whose newest result is of a frame this much earlier, 0–1. */
export function opacityAt(ageMs: number): number {
  return Math.max(0, Math.min(1, (GONE_MS - ageMs) / (GONE_MS - FRESH_MS)));
}

/**
 * Where objects are in a frame later than the newest result: moved on by their own velocity, and
 * fading as the evidence gets old.
 */
export class LiveBoxes {
  #newest: PlacedResult | null = null;
  #lost = new Map<number, Lost>();
  #isPredicting = true;

  /** Whether boxes are moved at all; else they stay where they were found. */
  predict(isPredicting: boolean): void {
    this.#isPredicting = isPredicting;
  }

  /** Takes the next result; one of an earlier frame than the newest comes too late. */
  add(result: PlacedResult): void {
    const before = this.#newest;
    if (before !== null && before.timeMs > result.timeMs) return;
    for (const [id, { missedMs }] of this.#lost) {
      if (result.timeMs - missedMs >= LOST_MS) this.#lost.delete(id);
    }
    const hasIds = before !== null && haveCommonIds(before, result);
    // Of other ids nobody knows which objects are lost.
    if (!hasIds) this.#lost.clear();
    for (const found of hasIds ? before.found : []) {
      if (found.trackId === null) continue;
      const seenMs = before!.timeMs;
      this.#lost.set(found.trackId, { found, seenMs, missedMs: result.timeMs });
    }
    for (const { trackId } of result.found) {
      if (trackId !== null) this.#lost.delete(trackId);
    }
    this.#newest = result;
  }

  /** Forgets all. */
  clear(): void {
    this.#newest = null;
    this.#lost.clear();
  }

  /** Adds the boxes for the frame at `timeMs`; answers the result they stand on, if there is one. */
  collect(timeMs: number, into: BoxList): PlacedResult | null {
    const newest = this.#newest;
    if (newest === null) return null;
    const ageMs = timeMs - newest.timeMs;
    const opacity = opacityAt(Math.abs(ageMs));
    if (opacity === 0) return null;
    const pace = this.#isPredicting ? 1 : 0;
    for (const found of newest.found) into.addMoved(found, pace * ageMs, opacity);
    const present = into.length;
    for (const { found, seenMs, missedMs } of this.#lost.values()) {
      const left = 1 - (timeMs - missedMs) / LOST_MS;
      if (left <= 0) continue;
      into.addMoved(found, pace * (timeMs - seenMs), Math.min(left, 1) * opacity);
      if (into.length > present && isCovered(into, present)) into.dropLast();
    }
    return newest;
  }
}

/** Whether the last box lies on one of the first `count` of its class. */
function isCovered(boxes: BoxList, count: number): boolean {
  const last = boxes.at(boxes.length - 1);
  for (let index = 0; index < count; index++) {
    const other = boxes.at(index);
    if (other.classId === last.classId && iou(other, last) > SAME_PLACE_IOU) return true;
  }
  return false;
}
