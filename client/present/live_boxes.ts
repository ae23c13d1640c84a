import type { FollowedObject, TrackedDetection } from "@/vision";
import { SAME_FRAME_MS } from "../time/video_time.ts";
import { type BoxList, iou, MAX_PREDICT_MS } from "./box_list.ts";
import type { FrameFollower } from "./frame_follower.ts";
import { type BoxOrigin, haveCommonIds, type PlacedResult } from "./result_book.ts";
import { MAX_RESULT_AGE_MS, ResultPace } from "./result_pace.ts";
import { VelocityTrust } from "./velocity_trust.ts";

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

/** What is used of a follower; see {@linkcode FrameFollower}. */
export type Following = Pick<
  FrameFollower,
  "addResult" | "objectsAt" | "newestMs" | "forgetResults"
>;

/** Below this, an object was not seen where it was last looked for. */
const SEEN_CONFIDENCE = 0.5;

/** An object that the newest result has not, but that is seen to go on: how visible it is, and how long. */
const ALONE_OPACITY = 0.75;
const ALONE_MS = 2_000;
const ALONE_FADE_MS = 500;

/**
 * Where objects are in a frame later than the newest result: where they are seen to have gone since,
 * else moved on by their own velocity. They fade when the next result is overdue.
 */
export class LiveBoxes {
  readonly #following: Following | null;
  readonly #pace = new ResultPace();
  readonly #trust = new VelocityTrust();
  #newest: PlacedResult | null = null;
  #lost = new Map<number, Lost>();
  #isPredicting = true;

  /** @param following Looks at the frames themselves, where that can be done. */
  constructor(following: Following | null = null) {
    this.#following = following;
  }

  /** Whether boxes are moved at all; else they stay where they were found. */
  predict(isPredicting: boolean): void {
    this.#isPredicting = isPredicting;
  }

  /**
   * Takes the next result, when the newest frame is that at `newestMs`; one of an earlier frame than the
   * newest result comes too late.
   */
  add(result: PlacedResult, newestMs: number): void {
    const before = this.#newest;
    if (before !== null && before.timeMs > result.timeMs) return;
    for (const [id, { missedMs }] of this.#lost) {
      if (result.timeMs - missedMs >= LOST_MS) this.#lost.delete(id);
    }
    const hasIds = before !== null && haveCommonIds(before, result);
    // Of other ids nobody knows which objects are lost, or where they were.
    if (!hasIds) {
      this.#lost.clear();
      this.#trust.clear();
    }
    for (const found of hasIds ? before.found : []) {
      if (found.trackId === null) continue;
      const seenMs = before!.timeMs;
      this.#lost.set(found.trackId, { found, seenMs, missedMs: result.timeMs });
    }
    for (const { trackId } of result.found) {
      if (trackId !== null) this.#lost.delete(trackId);
    }
    this.#pace.add(result.timeMs, newestMs);
    this.#trust.add(result.found, result.timeMs, this.#pace.ageMs);
    this.#newest = result;
    this.#following?.addResult(result);
  }

  /** Forgets all. */
  clear(): void {
    this.#newest = null;
    this.#lost.clear();
    this.#pace.clear();
    this.#trust.clear();
    this.#following?.forgetResults();
  }

  /** Adds the boxes for the frame at `timeMs`; answers what they stand on. */
  collect(timeMs: number, into: BoxList): BoxOrigin {
    const newest = this.#newest;
    if (newest === null) return NONE;
    const ageMs = timeMs - newest.timeMs;
    const objects = this.#isPredicting ? this.#following?.objectsAt(timeMs) ?? null : null;
    if (objects !== null) {
      this.#collectFollowed(objects, timeMs, ageMs, into);
      if (Math.abs(ageMs) <= SAME_FRAME_MS) return { boxes: "own", result: newest };
      if (ageMs <= MAX_RESULT_AGE_MS || into.length > 0) {
        return { boxes: "followed", result: newest };
      }
      return NONE;
    }
    const opacity = this.#pace.opacityAt(Math.abs(ageMs), false);
    if (opacity === 0) return NONE;
    this.#collectMoved(newest, timeMs, opacity, into);
    const boxes = Math.abs(ageMs) <= SAME_FRAME_MS ? "own" : "predicted";
    return { boxes, result: newest };
  }

  #collectFollowed(
    objects: readonly FollowedObject[],
    timeMs: number,
    ageMs: number,
    into: BoxList,
  ): void {
    const sinceMs = timeMs - this.#following!.newestMs;
    for (const object of objects) {
      const isSeen = object.confidence >= SEEN_CONFIDENCE;
      const aloneMs = object.unconfirmedMs + sinceMs;
      const left = Math.min(1, (ALONE_MS - aloneMs) / ALONE_FADE_MS);
      const opacity = object.isAlone
        ? Math.min(ALONE_OPACITY, left)
        : Math.min(left, this.#pace.opacityAt(ageMs, isSeen));
      into.addFollowed(object, object.behindMs + sinceMs, opacity);
    }
  }

  #collectMoved(newest: PlacedResult, timeMs: number, opacity: number, into: BoxList): void {
    for (const found of newest.found) {
      into.addMoved(found, this.#moveMs(found, timeMs - newest.timeMs), opacity);
    }
    const present = into.length;
    for (const { found, seenMs, missedMs } of this.#lost.values()) {
      const left = 1 - (timeMs - missedMs) / LOST_MS;
      if (left <= 0) continue;
      const moveMs = this.#moveMs(found, timeMs - seenMs);
      into.addMoved(found, moveMs, Math.min(left, 1) * opacity);
      if (into.length > present && isCovered(into, present)) into.dropLast();
    }
  }

  /** For how long an object goes on as it did, of the time since it was found. */
  #moveMs({ trackId }: TrackedDetection, sinceMs: number): number {
    if (!this.#isPredicting) return 0;
    return this.#trust.shareOf(trackId) * Math.min(sinceMs, MAX_PREDICT_MS);
  }
}

const NONE: BoxOrigin = { boxes: "none", result: null };

/** Whether the last box lies on one of the first `count` of its class. */
function isCovered(boxes: BoxList, count: number): boolean {
  const last = boxes.at(boxes.length - 1);
  for (let index = 0; index < count; index++) {
    const other = boxes.at(index);
    if (other.classId === last.classId && iou(other, last) > SAME_PLACE_IOU) return true;
  }
  return false;
}
