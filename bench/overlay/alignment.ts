import { clipFrame, type ClipSpec, legOf } from "../clip.ts";
import { quantile } from "../../client/base/quantiles.ts";
import { type BoxXyxy, iou } from "../picture.ts";
import type { Sighting } from "./sightings.ts";

// How well boxes on the screen lie on the object in the very frame under them. Pure.

/** What is known of a clip without asking the app. */
export interface ClipTruth {
  readonly spec: ClipSpec;
  /** The model's own box on each frame, as far as it finds one. */
  readonly ownBoxes: readonly (BoxXyxy | null)[];
}

/** How well boxes fit, over all pictures of the screen. */
export interface Fit {
  readonly count: number;
  /** Of the pictures that reach the IoU that was asked for; `null`: there were none. */
  readonly share: number | null;
  readonly median: number | null;
  readonly worst: number | null;
}

/** What pictures of the screen say about boxes. */
export interface Alignment {
  /** Pictures with a frame of the clip, and those whose frame cannot be told. */
  readonly shown: number;
  readonly unread: number;
  /** Different frames, one after the other. */
  readonly frames: number;
  /** Of those shown, which share has a box. */
  readonly boxedShare: number | null;
  /** All boxes against where the object is: IoU of at least 0.8. */
  readonly toTruth: Fit;
  /**
   * The same without those for which nobody could know it: worked out between two found ones that a
   * turn of the object lies between. How many they are is a matter of the machine's speed.
   */
  readonly toKnowable: Fit;
  /** Boxes drawn as found against the model's own: IoU of at least 0.9. */
  readonly toOwn: Fit;
  /** Boxes drawn as worked out. */
  readonly dashed: number;
  /**
   * How far boxes are behind the object (its centre, in pixels of the frame) on straight ways, when a
   * frame is shown first: on a fast machine it gets its own boxes a moment later.
   */
  readonly lagPx: { readonly median: number | null; readonly p95: number | null };
  /** The same without its sign. */
  readonly offPx: { readonly median: number | null; readonly p95: number | null };
}

/** What the issue of this proof asks of the boxes. */
export const MIN_TRUTH_IOU = 0.8;
export const MIN_OWN_IOU = 0.9;

/** After a turn it takes this long until one speed is all there is to know. */
export const STRAIGHT_MS = 400;

/** Compares what was seen with what is known. */
export function alignmentOf(sightings: readonly Sighting[], truth: ClipTruth): Alignment {
  const { spec, ownBoxes } = truth;
  const toTruth: number[] = [];
  const toKnowable: number[] = [];
  const isKnowable = knowable(sightings, spec);
  const toOwn: number[] = [];
  const lags: number[] = [];
  let shown = 0;
  let boxed = 0;
  let frames = 0;
  let last: number | undefined;
  let dashed = 0;
  for (const [at, { frame, boxes }] of sightings.entries()) {
    if (frame === undefined) continue;
    shown += 1;
    const isFirst = frame !== last;
    if (isFirst) frames += 1;
    last = frame;
    const { objectXyxy } = clipFrame(spec, frame);
    const box = nearest(boxes, objectXyxy);
    if (box === undefined) continue;
    boxed += 1;
    toTruth.push(iou(box, objectXyxy));
    if (isKnowable[at]) toKnowable.push(iou(box, objectXyxy));
    const own = ownBoxes[frame];
    if (box.isDashed) dashed += 1;
    else if (own) toOwn.push(iou(box, own));
    if (isFirst && legOf(spec, frame).sinceMs >= STRAIGHT_MS) {
      lags.push((centreX(objectXyxy) - centreX(box)) * spec.widthPx * directionX(spec, frame));
    }
  }
  return {
    shown,
    unread: sightings.length - shown,
    frames,
    boxedShare: shown === 0 ? null : boxed / shown,
    toTruth: fitOf(toTruth, MIN_TRUTH_IOU),
    toKnowable: fitOf(toKnowable, MIN_TRUTH_IOU),
    toOwn: fitOf(toOwn, MIN_OWN_IOU),
    dashed,
    lagPx: { median: quantile(lags, 0.5), p95: quantile(lags, 0.95) },
    offPx: { median: quantile(lags.map(Math.abs), 0.5), p95: quantile(lags.map(Math.abs), 0.95) },
  };
}

/** Whether each sighting is of found boxes, or between two such on the same leg. */
function knowable(sightings: readonly Sighting[], spec: ClipSpec): boolean[] {
  const found = sightings.map(({ frame, boxes }) =>
    frame !== undefined && boxes.some(({ isDashed }) => !isDashed) ? legOf(spec, frame).index : null
  );
  let before: number | null = null;
  const lastFound = found.map((leg) => before = leg ?? before);
  let after: number | null = null;
  const nextFound = found.toReversed().map((leg) => after = leg ?? after).reverse();
  return found.map((_, at) => lastFound[at] !== null && lastFound[at] === nextFound[at]);
}

/** The box of several that is of the object, if one is: others are of what was taken for objects. */
function nearest<T extends BoxXyxy>(boxes: readonly T[], object: BoxXyxy): T | undefined {
  const heightOf = ({ ymin, ymax }: BoxXyxy) => ymax - ymin;
  // By size and not by place, which is what is to be judged.
  const apart = (box: BoxXyxy) => Math.abs(Math.log(heightOf(box) / heightOf(object)));
  return boxes.filter((box) => apart(box) < Math.log(2)).toSorted((a, b) => apart(a) - apart(b))[0];
}

function fitOf(ious: readonly number[], least: number): Fit {
  const good = ious.filter((value) => value >= least).length;
  return {
    count: ious.length,
    share: ious.length === 0 ? null : good / ious.length,
    median: quantile(ious, 0.5),
    worst: quantile(ious, 0),
  };
}

function centreX({ xmin, xmax }: BoxXyxy): number {
  return (xmin + xmax) / 2;
}

/** 1 where the object goes to the right, -1 where to the left. */
function directionX(spec: ClipSpec, frame: number): number {
  return Math.sign(clipFrame(spec, frame).leftPx - clipFrame(spec, frame - 0.01).leftPx);
}
