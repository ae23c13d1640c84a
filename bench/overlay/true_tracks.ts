import { median } from "../../client/base/quantiles.ts";
import { type BoxXyxy, iou } from "../picture.ts";
import type { TrueObject } from "./film_picture.ts";

// Tracks of a real video, from what a strong model found on some of its frames. Pure.

/** What was found on one frame of a video. */
export interface FoundFrame {
  readonly frame: number;
  readonly detections: readonly FoundBox[];
}

type FoundBox = BoxXyxy & { readonly label: string; readonly score: number };

/** Boxes of one class are one object from this overlap on, between two frames that were looked at. */
const SAME_IOU = 0.3;

/** Without a box for longer, nobody knows where it was meanwhile. Frames. */
const MAX_GAP = 10;

/** What was found less often, or is weaker as a rule, is no object to be sure of. */
const MIN_FOUND = 5;
const MIN_SCORE = 0.5;

/** Of two boxes that overlap more, whatever their classes, the weaker is of the same thing. */
const SAME_THING_IOU = 0.6;

/** A box that ends with more of itself in another of its class has gone into that one. */
const GONE_INTO = 0.7;

interface Found {
  readonly frame: number;
  readonly box: FoundBox;
}

interface Track {
  readonly label: string;
  readonly found: Found[];
}

/**
 * The objects on each frame from 0 to `count`: boxes of one class that overlap are of one object, and
 * between two of them it goes in a straight line.
 */
export function trueTracks(frames: readonly FoundFrame[], count: number): TrueObject[][] {
  const tracks = linkTracks(frames).filter(({ found }) =>
    found.length >= MIN_FOUND && median(found.map(({ box }) => box.score))! >= MIN_SCORE
  );
  const objects: TrueObject[][] = Array.from({ length: count }, () => []);
  for (const [id, found] of tracks.map((track) => ofOneThing(track, tracks)).entries()) {
    for (const [at, { frame, box }] of found.entries()) {
      const next = found[at + 1] ?? { frame: frame + 1, box };
      for (let index = frame; index < Math.min(next.frame, count); index++) {
        const share = (index - frame) / (next.frame - frame);
        objects[index]!.push({ id, box: mix(box, next.box, share), visible: 1 });
      }
    }
  }
  return objects;
}

function linkTracks(frames: readonly FoundFrame[]): Track[] {
  const tracks: Track[] = [];
  for (const { frame, detections: all } of frames) {
    const detections = withoutTwins(all);
    const pairs = tracks.flatMap((track) => {
      const last = track.found.at(-1)!;
      if (frame - last.frame > MAX_GAP) return [];
      return detections.filter(({ label }) => label === track.label)
        .map((box) => ({ track, box, overlap: iou(last.box, box) }));
    }).filter(({ overlap }) => overlap >= SAME_IOU).sort((a, b) => b.overlap - a.overlap);
    const open = new Set(detections);
    const continued = new Set<Track>();
    for (const { track, box } of pairs) {
      if (!open.has(box) || continued.has(track)) continue;
      open.delete(box);
      continued.add(track);
      track.found.push({ frame, box });
    }
    for (const box of open) tracks.push({ label: box.label, found: [{ frame, box }] });
  }
  return tracks;
}

/** What was found of a track before another of its class went into it: from then on its box may be of both. */
function ofOneThing(track: Track, tracks: readonly Track[]): readonly Found[] {
  let untilFrame = Infinity;
  for (const { label, found } of tracks) {
    const last = found.at(-1)!;
    const then = track.found.find(({ frame }) => frame >= last.frame);
    if (label !== track.label || then === undefined || then.frame - last.frame > MAX_GAP) continue;
    const goesOn = track.found.at(-1)!.frame > last.frame;
    if (goesOn && shareInside(last.box, then.box) > GONE_INTO) {
      untilFrame = Math.min(untilFrame, last.frame);
    }
  }
  return track.found.filter(({ frame }) => frame < untilFrame);
}

function shareInside(box: BoxXyxy, other: BoxXyxy): number {
  const width = Math.min(box.xmax, other.xmax) - Math.max(box.xmin, other.xmin);
  const height = Math.min(box.ymax, other.ymax) - Math.max(box.ymin, other.ymin);
  const area = (box.xmax - box.xmin) * (box.ymax - box.ymin);
  return Math.max(0, width) * Math.max(0, height) / area;
}

function withoutTwins(detections: readonly FoundBox[]): FoundBox[] {
  const kept: FoundBox[] = [];
  for (const one of detections.toSorted((a, b) => b.score - a.score)) {
    if (kept.every((other) => iou(one, other) <= SAME_THING_IOU)) kept.push(one);
  }
  return kept;
}

function mix(a: BoxXyxy, b: BoxXyxy, share: number): BoxXyxy {
  const side = (key: keyof BoxXyxy) => a[key] + (b[key] - a[key]) * share;
  return { xmin: side("xmin"), ymin: side("ymin"), xmax: side("xmax"), ymax: side("ymax") };
}
