import { median, quantile } from "../../client/base/quantiles.ts";
import { type BoxXyxy, iou } from "../picture.ts";
import type { TrueObject } from "./film_picture.ts";
import type { HeldResult } from "./late_results.ts";
import type { Sighting } from "./sightings.ts";

// How well boxes on the screen follow objects whose places are known in each frame. Pure.

/** What is known of what the camera sees, without asking the app. */
export interface FollowTruth {
  /** Frames until the camera begins again. */
  readonly count: number;
  readonly fps: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** The last frame is followed by the first as by any other: objects stay the same. */
  readonly isClosed: boolean;
  objects(frame: number): readonly TrueObject[];
}

/** How well boxes follow. */
export interface Follow {
  /** Objects on pictures of the screen: each that is known on each frame. */
  readonly count: number;
  /** The share of these that has a box with an IoU of at least {@linkcode MIN_IOU}. */
  readonly coverage: number | null;
  /** From the object's centre to its box's, px of a frame 640 wide; however bad the box is. */
  readonly errorPx: { readonly median: number | null; readonly p95: number | null };
}

/** What pictures of the screen and results say together. */
export interface FollowFigures {
  readonly all: Follow;
  /** Of objects that move by more than {@linkcode MOVING_PX}. */
  readonly moving: Follow;
  /** Different frames that were seen, and pictures whose frame cannot be told. */
  readonly frames: number;
  readonly unread: number;
  /** Results in that time, and how they came in fact: medians. */
  readonly results: {
    readonly count: number;
    readonly everyMs: number | null;
    readonly lateMs: number | null;
  };
  /**
   * Results with an object that an earlier one had too, and how many give it another id than that;
   * `null`: frames of results could not be told.
   */
  readonly ids: { readonly count: number; readonly changes: number } | null;
}

/** A box with less is no box of the object. */
export const MIN_IOU = 0.5;

/** Hidden by more than the rest of this, nothing is asked of an object's box. */
const MIN_VISIBLE = 0.8;

/** Px a second, of a frame 640 wide: slower things stand still. */
export const MOVING_PX = 15;

/** Frames on either side that say how fast an object is. */
const SPEED_FRAMES = 3;

/** What is swapped in sooner than a frame of the screen after a result was composed before it. */
const SCREEN_MS = 1000 / 60;

/** Errors are of a frame so wide, px. */
const WIDTH_PX = 640;

/** Compares what was seen with what is known. */
export function followFigures(
  { sightings, results }: {
    readonly sightings: readonly Sighting[];
    readonly results: readonly HeldResult[];
  },
  truth: FollowTruth,
): FollowFigures {
  const roundOf = roundCounter(sightings, truth);
  const known = knownSince(results, truth, roundOf);
  const samples: Sample[] = [];
  let frames = 0;
  let last: number | undefined;
  for (const { swapMs, frame, boxes } of sightings) {
    // As a frame is shown first: it may get better boxes a moment later.
    if (frame === undefined || frame === last || frame >= truth.count) continue;
    last = frame;
    frames += 1;
    const round = roundOf(swapMs, frame);
    const objects = truth.objects(frame);
    const boxOf = pairUp(objects, boxes, truth);
    for (const object of objects) {
      const sinceMs = known.get(nameOf(object, round)) ?? Infinity;
      if (object.visible < MIN_VISIBLE || sinceMs > swapMs - SCREEN_MS) continue;
      const box = boxOf.get(object);
      samples.push({
        isCovered: box !== undefined && iou(box, object.box) >= MIN_IOU,
        errorPx: box === undefined ? null : apartPx(object.box, box, truth),
        isMoving: speedPx(object, frame, truth) > MOVING_PX,
      });
    }
  }
  const fromMs = sightings[0]?.swapMs ?? Infinity;
  const untilMs = sightings.at(-1)?.swapMs ?? -Infinity;
  const inTime = results.filter(({ shownMs }) => shownMs >= fromMs && shownMs <= untilMs);
  return {
    all: follow(samples),
    moving: follow(samples.filter(({ isMoving }) => isMoving)),
    frames,
    unread: sightings.filter(({ frame }) => frame === undefined).length,
    results: {
      count: inTime.length,
      everyMs: median(inTime.slice(1).map(({ givenMs }, at) => givenMs - inTime[at]!.givenMs)),
      lateMs: median(inTime.map(({ givenMs, shownMs }) => shownMs - givenMs)),
    },
    ids: idsOf(inTime, truth, roundOf),
  };
}

interface Sample {
  readonly isCovered: boolean;
  readonly errorPx: number | null;
  readonly isMoving: boolean;
}

function follow(samples: readonly Sample[]): Follow {
  const errorsPx = samples.flatMap(({ errorPx }) => errorPx ?? []);
  const covered = samples.filter(({ isCovered }) => isCovered).length;
  return {
    count: samples.length,
    coverage: samples.length === 0 ? null : covered / samples.length,
    errorPx: { median: median(errorsPx), p95: quantile(errorsPx, 0.95) },
  };
}

/** Tells how many times the camera had begun anew when it showed a frame at a time. */
type RoundOf = (atMs: number, frame: number) => number;

function roundCounter(
  sightings: readonly Sighting[],
  { count, fps, isClosed }: FollowTruth,
): RoundOf {
  const first = sightings.find(({ frame }) => frame !== undefined);
  if (isClosed || first === undefined) return () => 0;
  return (atMs, frame) => {
    // Frames come some moments late, but never by half of a round.
    const expected = first.frame! + (atMs - first.swapMs) * fps / 1000;
    return Math.round((expected - frame) / count);
  };
}

function nameOf({ id }: TrueObject, round: number): string {
  return `${round} ${id}`;
}

/** Since when each object, in each round, is known from a result; ms since the epoch. */
function knownSince(
  results: readonly HeldResult[],
  truth: FollowTruth,
  roundOf: RoundOf,
): Map<string, number> {
  const known = new Map<string, number>();
  for (const { frame, givenMs, shownMs, found } of results) {
    if (frame === null || frame >= truth.count) continue;
    const round = roundOf(givenMs, frame);
    for (const object of truth.objects(frame)) {
      const name = nameOf(object, round);
      if (known.has(name) || !found.some(({ box }) => iou(box, object.box) >= MIN_IOU)) continue;
      known.set(name, shownMs);
    }
  }
  return known;
}

/**
 * Which box is of which object, of any class and at most its size away: those that overlap most first. By
 * nearness alone, a piece of another's outline in an object's midst would take the place of its box.
 */
function pairUp<T extends BoxXyxy>(
  objects: readonly TrueObject[],
  boxes: readonly T[],
  truth: FollowTruth,
): Map<TrueObject, T> {
  const pairs = objects.flatMap((object) =>
    boxes.map((box) => ({
      ...{ object, box, overlap: iou(box, object.box) },
      px: apartPx(object.box, box, truth),
    }))
  ).filter(({ object, px }) => px <= diagonalPx(object.box, truth));
  const boxOf = new Map<TrueObject, T>();
  const taken = new Set<T>();
  for (const { object, box } of pairs.sort((a, b) => b.overlap - a.overlap || a.px - b.px)) {
    if (boxOf.has(object) || taken.has(box)) continue;
    boxOf.set(object, box);
    taken.add(box);
  }
  return boxOf;
}

/** How often an object is given another id than by the result before that has it. */
function idsOf(
  results: readonly HeldResult[],
  truth: FollowTruth,
  roundOf: RoundOf,
): FollowFigures["ids"] {
  const lastId = new Map<string, string>();
  let count = 0;
  let changes = 0;
  const read = results.flatMap(({ frame, ...rest }) =>
    frame === null || frame >= truth.count ? [] : [{ frame, ...rest }]
  );
  for (const { frame, givenMs, found } of read) {
    const boxes = found.flatMap(({ box, track }) => track === null ? [] : [{ ...box, track }]);
    const objects = truth.objects(frame).filter(({ visible }) => visible >= MIN_VISIBLE);
    for (const [object, box] of pairUp(objects, boxes, truth)) {
      if (iou(box, object.box) < MIN_IOU) continue;
      const name = nameOf(object, roundOf(givenMs, frame));
      const before = lastId.get(name);
      lastId.set(name, box.track);
      if (before === undefined) continue;
      count += 1;
      if (before !== box.track) changes += 1;
    }
  }
  return read.length === 0 ? null : { count, changes };
}

function speedPx({ id, box }: TrueObject, frame: number, truth: FollowTruth): number {
  const at = (offset: number) => {
    const other = truth.isClosed
      ? (frame + offset + truth.count) % truth.count
      : Math.min(truth.count - 1, Math.max(0, frame + offset));
    return truth.objects(other).find((object) => object.id === id)?.box;
  };
  const [before, after] = [at(-SPEED_FRAMES), at(SPEED_FRAMES)];
  const frames = SPEED_FRAMES * (Number(before !== undefined) + Number(after !== undefined));
  if (frames === 0) return 0;
  return apartPx(before ?? box, after ?? box, truth) * truth.fps / frames;
}

function apartPx(a: BoxXyxy, b: BoxXyxy, { widthPx, heightPx }: FollowTruth): number {
  const x = (a.xmin + a.xmax - b.xmin - b.xmax) / 2 * WIDTH_PX;
  const y = (a.ymin + a.ymax - b.ymin - b.ymax) / 2 * WIDTH_PX * heightPx / widthPx;
  return Math.hypot(x, y);
}

function diagonalPx({ xmin, ymin, xmax, ymax }: BoxXyxy, truth: FollowTruth): number {
  return Math.hypot(
    (xmax - xmin) * WIDTH_PX,
    (ymax - ymin) * WIDTH_PX * truth.heightPx / truth.widthPx,
  );
}
