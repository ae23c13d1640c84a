import type { TrackedDetection } from "@/vision";
import { type BoxList, iou } from "./box_list.ts";
import type { LiveBoxes } from "./live_boxes.ts";
import {
  type BoxOrigin,
  haveCommonIds,
  type PlacedResult,
  type ResultBook,
} from "./result_book.ts";

/** Two results further apart than this say nothing of what was between them. */
const MAX_GAP_MS = 1_000;

/** Without a track, detections of one class are one object from this overlap on. */
const SAME_OBJECT_IOU = 0.3;

/** An object in the earlier result, in the later one, or in both. */
type Pair = readonly [TrackedDetection | null, TrackedDetection | null];

/**
 * The boxes of frames whose answers are there: a processed frame's own, and between two processed
 * ones every object on its way from one to the other. What only one of the two has is shown in the
 * half that is nearer to it, moved by its own velocity: it came or went somewhere in between, and
 * so the error is at most half of the gap.
 */
export class SyncedBoxes {
  readonly #book: ResultBook;
  readonly #live: LiveBoxes;
  /** Pairs are the same for all frames of a gap. */
  #pairs: { from: PlacedResult; to: PlacedResult; pairs: readonly Pair[] } | null = null;

  /** @param live Serves frames that no later result is there for. */
  constructor(book: ResultBook, live: LiveBoxes) {
    this.#book = book;
    this.#live = live;
  }

  /** Adds the boxes for the frame at `timeMs`. */
  collect(timeMs: number, into: BoxList): BoxOrigin {
    const own = this.#book.at(timeMs);
    if (own !== null) {
      for (const found of own.found) into.add(found);
      return { boxes: "own", result: own };
    }
    const from = this.#book.before(timeMs);
    const to = this.#book.after(timeMs);
    if (from !== null && to !== null && to.timeMs - from.timeMs <= MAX_GAP_MS) {
      this.#collectBetween(from, to, timeMs, into);
      return { boxes: "between", result: to };
    }
    return to === null ? this.#live.collect(timeMs, into) : { boxes: "none", result: null };
  }

  #collectBetween(from: PlacedResult, to: PlacedResult, timeMs: number, into: BoxList): void {
    const share = (timeMs - from.timeMs) / (to.timeMs - from.timeMs);
    for (const [a, b] of this.#pairsOf(from, to)) {
      if (a !== null && b !== null) into.addBetween(a, b, share);
      else if (a !== null && share < 0.5) into.addMoved(a, timeMs - from.timeMs, 1);
      else if (b !== null && share >= 0.5) into.addMoved(b, timeMs - to.timeMs, 1);
    }
  }

  #pairsOf(from: PlacedResult, to: PlacedResult): readonly Pair[] {
    if (this.#pairs?.from !== from || this.#pairs.to !== to) {
      this.#pairs = { from, to, pairs: pair(from.found, to.found, haveCommonIds(from, to)) };
    }
    return this.#pairs.pairs;
  }
}

/**
 * Which detections are of one object: those of one track, else the best overlaps of one class.
 * @param hasIds Track ids of both count in one sequence.
 */
export function pair(
  from: readonly TrackedDetection[],
  to: readonly TrackedDetection[],
  hasIds: boolean,
): Pair[] {
  const pairs: Pair[] = [];
  const left = new Set(to);
  const open: TrackedDetection[] = [];
  for (const a of from) {
    const id = hasIds ? a.trackId : null;
    const b = id === null ? undefined : to.find(({ trackId }) => trackId === id);
    if (b === undefined) {
      open.push(a);
      continue;
    }
    left.delete(b);
    pairs.push([a, b]);
  }
  const overlaps = open.flatMap((a) =>
    [...left].filter((b) => isPairable(a, b, hasIds)).map((b) => ({
      a,
      b,
      overlap: iou(a.box, b.box),
    }))
  ).filter(({ overlap }) => overlap >= SAME_OBJECT_IOU).sort((x, y) => y.overlap - x.overlap);
  const alone = new Set(open);
  for (const { a, b } of overlaps) {
    if (!alone.has(a) || !left.has(b)) continue;
    alone.delete(a);
    left.delete(b);
    pairs.push([a, b]);
  }
  for (const a of alone) pairs.push([a, null]);
  for (const b of left) pairs.push([null, b]);
  return pairs;
}

/** Two tracks are two objects, whatever their overlap. */
function isPairable(a: TrackedDetection, b: TrackedDetection, hasIds: boolean): boolean {
  return a.classId === b.classId && (!hasIds || a.trackId === null || b.trackId === null);
}
