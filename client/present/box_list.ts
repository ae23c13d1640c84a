import type { BoxVelocity, Detection, FollowedObject, TrackedDetection } from "@/vision";

/** A box to be drawn: in shares of the picture (xyxy), with what is written at it. */
export interface DrawnBox {
  xmin: number;
  ymin: number;
  xmax: number;
  ymax: number;
  classId: number;
  score: number;
  /** 0–1. */
  opacity: number;
}

/**
 * Further on than this nothing is said of where an object goes: with 500 ms, what turns now and then was further
 * off than when left alone.
 */
export const MAX_PREDICT_MS = 300;

/** A smaller part of the picture than this is not seen. */
const MIN_SIDE = 0.002;

const STILL: BoxVelocity = { x: 0, y: 0, width: 0, height: 0 };

/** The boxes of one painting, in objects that are used again for the next. */
export class BoxList {
  readonly #boxes: DrawnBox[] = [];
  #length = 0;

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** The box at this place; it is valid until {@linkcode clear}. */
  at(index: number): DrawnBox {
    return this.#boxes[index]!;
  }

  /** Empties the list. */
  clear(): void {
    this.#length = 0;
  }

  /** Takes the last one away. */
  dropLast(): void {
    this.#length -= 1;
  }

  /** Adds a detection as it is. */
  add(found: TrackedDetection): void {
    this.#put(found, 1, found.box.xmin, found.box.ymin, found.box.xmax, found.box.ymax);
  }

  /** Adds a detection where it is `dtMs` of video time later (or earlier), as far as it is inside. */
  addMoved(found: TrackedDetection, dtMs: number, opacity: number): void {
    const { box, velocity } = found;
    const { x, y, width, height } = velocity ?? STILL;
    const dt = Math.max(-MAX_PREDICT_MS, Math.min(MAX_PREDICT_MS, dtMs)) / 1000;
    const halfWidth = Math.max(0, box.xmax - box.xmin + width * dt) / 2;
    const halfHeight = Math.max(0, box.ymax - box.ymin + height * dt) / 2;
    const centreX = (box.xmin + box.xmax) / 2 + x * dt;
    const centreY = (box.ymin + box.ymax) / 2 + y * dt;
    this.#put(
      found,
      opacity,
      centreX - halfWidth,
      centreY - halfHeight,
      centreX + halfWidth,
      centreY + halfHeight,
    );
  }

  /** Adds an object where it is `dtMs` of video time later. */
  addFollowed(object: FollowedObject, dtMs: number, opacity: number): void {
    const { xmin, ymin, xmax, ymax } = object.box;
    const dt = Math.max(0, Math.min(MAX_PREDICT_MS, dtMs)) / 1000;
    const [x, y] = [object.velocity.x * dt, object.velocity.y * dt];
    // A side at the border stays there: behind it the object goes on unseen.
    const left = xmin <= 0 ? 0 : xmin + x;
    const top = ymin <= 0 ? 0 : ymin + y;
    this.#put(object, opacity, left, top, xmax >= 1 ? 1 : xmax + x, ymax >= 1 ? 1 : ymax + y);
  }

  /** Adds the box at `share` (0–1) of the way from one detection of an object to the next. */
  addBetween(from: TrackedDetection, to: TrackedDetection, share: number): void {
    const a = from.box;
    const b = to.box;
    this.#put(
      share < 0.5 ? from : to,
      1,
      mix(a.xmin, b.xmin, share),
      mix(a.ymin, b.ymin, share),
      mix(a.xmax, b.xmax, share),
      mix(a.ymax, b.ymax, share),
    );
  }

  #put(
    { classId, score }: Pick<Detection, "classId" | "score">,
    opacity: number,
    left: number,
    top: number,
    right: number,
    bottom: number,
  ): void {
    const xmin = Math.max(0, left);
    const ymin = Math.max(0, top);
    const xmax = Math.min(1, right);
    const ymax = Math.min(1, bottom);
    if (xmax - xmin < MIN_SIDE || ymax - ymin < MIN_SIDE || opacity <= 0) return;
    const box = this.#boxes[this.#length] ??= {
      xmin: 0,
      ymin: 0,
      xmax: 0,
      ymax: 0,
      classId: 0,
      score: 0,
      opacity: 0,
    };
    this.#length += 1;
    box.xmin = xmin;
    box.ymin = ymin;
    box.xmax = xmax;
    box.ymax = ymax;
    box.classId = classId;
    box.score = score;
    box.opacity = opacity;
  }
}

/** Whether two paintings' boxes differ by more than `share` of the picture, or in number. */
export function differ(a: BoxList, b: BoxList, share: number): boolean {
  if (a.length !== b.length) return true;
  for (let index = 0; index < a.length; index++) {
    const [one, other] = [a.at(index), b.at(index)];
    const far = Math.max(
      Math.abs(one.xmin - other.xmin),
      Math.abs(one.ymin - other.ymin),
      Math.abs(one.xmax - other.xmax),
      Math.abs(one.ymax - other.ymax),
    );
    if (far > share) return true;
  }
  return false;
}

function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

/** A box as any detection has it. */
type BoxXyxy = Pick<DrawnBox, "xmin" | "ymin" | "xmax" | "ymax">;

/** Intersection over union of two boxes, 0–1. */
export function iou(a: BoxXyxy, b: BoxXyxy): number {
  const width = Math.min(a.xmax, b.xmax) - Math.max(a.xmin, b.xmin);
  const height = Math.min(a.ymax, b.ymax) - Math.max(a.ymin, b.ymin);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (areaOf(a) + areaOf(b) - shared);
}

function areaOf({ xmin, ymin, xmax, ymax }: BoxXyxy): number {
  return (xmax - xmin) * (ymax - ymin);
}
