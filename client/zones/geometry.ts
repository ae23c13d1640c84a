import type { RectPx } from "../present/picture_geometry.ts";

/** A place in the camera's picture, 0–1 from its left and its top; never mirrored. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Corners in order, without the first one again at the end. */
export type Polygon = readonly Point[];

/** Rounding must not put somebody who stands on the line outside. */
const ON_LINE = 1e-9;

/**
 * Whether a place is in a polygon whose sides do not cross. Its border belongs to it: the feet of
 * somebody whom the picture cuts off are on the picture's own border.
 */
export function contains(polygon: Polygon, at: Point): boolean {
  let isInside = false;
  for (const [from, to] of sidesOf(polygon)) {
    if (isBetween(from, to, at)) return true;
    if (from.y > at.y === to.y > at.y) continue;
    const crossingX = from.x + (at.y - from.y) / (to.y - from.y) * (to.x - from.x);
    if (at.x < crossingX) isInside = !isInside;
  }
  return isInside;
}

/** Whether two sides that are no neighbours touch, or neighbours lie on each other. */
export function isCrossed(polygon: Polygon): boolean {
  const sides = sidesOf(polygon);
  return sides.some(([a, b], index) =>
    sides.slice(index + 1).some(([c, d], ahead) => {
      const isNext = ahead === 0;
      const isPrevious = index === 0 && ahead === sides.length - 2;
      // Of neighbours, which share a corner, only the other ends can say anything.
      if (isNext) return isBetween(a, b, d) || isBetween(c, d, a);
      if (isPrevious) return isBetween(a, b, c) || isBetween(c, d, b);
      return doTouch([a, b], [c, d]);
    })
  );
}

/** Share of the picture that a polygon covers. */
export function areaOf(polygon: Polygon): number {
  const doubled = sidesOf(polygon).reduce((sum, [a, b]) => sum + a.x * b.y - b.x * a.y, 0);
  return Math.abs(doubled) / 2;
}

/** The corners of a rectangle between two opposite ones. */
export function rectangle(a: Point, b: Point): Polygon {
  return [{ x: a.x, y: a.y }, { x: b.x, y: a.y }, { x: b.x, y: b.y }, { x: a.x, y: b.y }];
}

/** The middle of a polygon's corners. */
export function middleOf(polygon: Polygon): Point {
  const sum = polygon.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), { x: 0, y: 0 });
  return { x: sum.x / polygon.length, y: sum.y / polygon.length };
}

/** Moves a polygon as far as the picture goes. */
export function movedBy(polygon: Polygon, dx: number, dy: number): Polygon {
  const xs = polygon.map(({ x }) => x);
  const ys = polygon.map(({ y }) => y);
  const x = Math.max(-Math.min(...xs), Math.min(dx, 1 - Math.max(...xs)));
  const y = Math.max(-Math.min(...ys), Math.min(dy, 1 - Math.max(...ys)));
  return polygon.map((corner) => ({ x: corner.x + x, y: corner.y + y }));
}

/**
 * Where an object stands: the middle of the lower side of its box. Of one that the picture cuts off,
 * on the picture's border.
 */
export function footOf({ xmin, xmax, ymax }: { xmin: number; xmax: number; ymax: number }): Point {
  return { x: unit((xmin + xmax) / 2), y: unit(ymax) };
}

/** A place in the picture → pixels of the area in which the picture lies. */
export function toArea({ x, y }: Point, picture: RectPx, isMirrored: boolean): Point {
  const across = isMirrored ? 1 - x : x;
  return { x: picture.xPx + across * picture.widthPx, y: picture.yPx + y * picture.heightPx };
}

/** Pixels of the area → the nearest place in the picture. */
export function toPicture({ x, y }: Point, picture: RectPx, isMirrored: boolean): Point {
  const across = unit((x - picture.xPx) / picture.widthPx);
  return { x: isMirrored ? 1 - across : across, y: unit((y - picture.yPx) / picture.heightPx) };
}

/** Near the picture's border means on it: no object stands beyond. */
export function snapped({ x, y }: Point): Point {
  return { x: snappedUnit(x), y: snappedUnit(y) };
}

const SNAP = 0.015;

function snappedUnit(value: number): number {
  return value < SNAP ? 0 : value > 1 - SNAP ? 1 : value;
}

function unit(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}

type Side = readonly [from: Point, to: Point];

function sidesOf(polygon: Polygon): readonly Side[] {
  return polygon.map((from, index) => [from, polygon[(index + 1) % polygon.length]!] as const);
}

/** Twice the area of the triangle; its sign says on which side of the line the third one is. */
function turn(a: Point, b: Point, c: Point): number {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

function isBetween(a: Point, b: Point, at: Point): boolean {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  if (Math.abs(turn(a, b, at)) > ON_LINE * Math.max(length, ON_LINE)) return false;
  const along = (at.x - a.x) * (b.x - a.x) + (at.y - a.y) * (b.y - a.y);
  return along >= -ON_LINE && along <= length * length + ON_LINE;
}

function doTouch([a, b]: Side, [c, d]: Side): boolean {
  if ([[a, b, c], [a, b, d]].some(([p, q, r]) => isBetween(p!, q!, r!))) return true;
  if ([[c, d, a], [c, d, b]].some(([p, q, r]) => isBetween(p!, q!, r!))) return true;
  return turn(a, b, c) > 0 !== turn(a, b, d) > 0 && turn(c, d, a) > 0 !== turn(c, d, b) > 0;
}
