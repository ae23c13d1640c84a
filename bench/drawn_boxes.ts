import type { BoxXyxy } from "./picture.ts";
import type { AreaPx, Screenshot } from "./pixels.ts";

/** A box as it is drawn: the middle of its strokes, normalised to the picture under it. */
export interface DrawnBox extends BoxXyxy {
  /** Its strokes have gaps, or are thin there. */
  readonly isDashed: boolean;
}

/** Least distance between the strongest and the weakest channel of a pixel that has colour. */
const COLOURED = 60;

/** Shorter strokes than this are no side of a box: icons, or letters in colour. */
const MIN_SIDE_PX = 12;

/** Pixels up to this far apart are joined: a stroke may fade out for a pixel or two. */
const REACH_PX = 3;

/** Pieces of a line up to this far apart are joined: dashes, or another box's stroke across it. */
const GAP_PX = 14;

/** A piece of a line is at least so long: longer than a stroke that crosses the line is wide. */
const DASH_PX = 5;

/** Hues of one box, of 255: its strokes are of one colour, faded or not. */
const HUE_TOLERANCE = 10;

/** Strokes are thinner than this. */
const MAX_STROKE_PX = 8;

/** So much of a side is at most as wide as its stroke is; the rest is where other strokes meet it. */
const USUAL_SHARE = 0.85;

/** A stroke is drawn where it has this share of its usual width. */
const DRAWN_SHARE = 0.7;

/** A box with less of its outline drawn is a dashed one. */
const SOLID_SHARE = 0.85;

/** The part of a screenshot that is looked at. */
interface HueMap {
  /** 0 where there is no colour, else 1 + hue of 255; row-major. */
  readonly hues: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What coloured pixels that belong together span; all edges belong to it. */
interface Span {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * The boxes drawn in colour over a grey picture. Boxes of one colour whose strokes touch each other
 * are taken for one.
 */
export function findDrawnBoxes(shot: Screenshot, area: AreaPx): DrawnBox[] {
  const map = hueMap(shot, area);
  const taken = new Uint8Array(map.hues.length);
  const boxes: DrawnBox[] = [];
  for (let start = 0; start < map.hues.length; start++) {
    if (map.hues[start] === 0 || taken[start] === 1) continue;
    const span = takeConnected(map, taken, start);
    const isBox = span.right - span.left + 1 >= MIN_SIDE_PX &&
      span.bottom - span.top + 1 >= MIN_SIDE_PX;
    if (isBox) boxes.push(describe(map, span, map.hues[start]!));
  }
  return boxes;
}

function hueMap({ pixels, widthPx }: Screenshot, area: AreaPx): HueMap {
  const hues = new Uint8Array(area.widthPx * area.heightPx);
  for (let y = 0; y < area.heightPx; y++) {
    let at = ((area.yPx + y) * widthPx + area.xPx) * 4;
    for (let x = 0; x < area.widthPx; x++, at += 4) {
      const red = pixels[at]!;
      const green = pixels[at + 1]!;
      const blue = pixels[at + 2]!;
      const most = Math.max(red, green, blue);
      const spread = most - Math.min(red, green, blue);
      if (spread < COLOURED) continue;
      const sixth = most === red
        ? (green - blue) / spread
        : most === green
        ? 2 + (blue - red) / spread
        : 4 + (red - green) / spread;
      hues[y * area.widthPx + x] = 1 + Math.round((sixth + 6) % 6 / 6 * 254);
    }
  }
  return { hues, widthPx: area.widthPx, heightPx: area.heightPx };
}

function isLike(hue: number, other: number): boolean {
  if (hue === 0 || other === 0) return false;
  const distance = Math.abs(hue - other);
  return Math.min(distance, 255 - distance) <= HUE_TOLERANCE;
}

/** Takes the pixels that belong together with `start` and returns what they span. */
function takeConnected(map: HueMap, taken: Uint8Array, start: number): Span {
  const { hues, widthPx, heightPx } = map;
  const hue = hues[start]!;
  const span = { left: widthPx, top: heightPx, right: 0, bottom: 0 };
  const todo = [start];
  taken[start] = 1;
  const take = (x: number, y: number): boolean => {
    const at = y * widthPx + x;
    if (x < 0 || x >= widthPx || y < 0 || y >= heightPx || !isLike(hues[at]!, hue)) return false;
    if (taken[at] === 0) todo.push(at);
    taken[at] = 1;
    return true;
  };
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    const x = at % widthPx;
    const y = (at - x) / widthPx;
    span.left = Math.min(span.left, x);
    span.right = Math.max(span.right, x);
    span.top = Math.min(span.top, y);
    span.bottom = Math.max(span.bottom, y);
    for (let v = y - REACH_PX; v <= y + REACH_PX; v++) {
      for (let u = x - REACH_PX; u <= x + REACH_PX; u++) take(u, v);
    }
    for (const [u, v] of LINES) {
      if (!isPiece(map, { at: [x, y], towards: [-u, -v], hue })) continue;
      for (let far = REACH_PX + 1; far <= GAP_PX; far++) {
        const end: Point = [x + u * far, y + v * far];
        if (isPiece(map, { at: end, towards: [u, v], hue })) take(...end);
      }
    }
  }
  return span;
}

type Point = [x: number, y: number];

/** Along which pieces of a line are joined. */
const LINES: readonly Point[] = [[1, 0], [-1, 0], [0, 1], [0, -1]];

/** Whether a piece of a line ends here that comes from `towards`. */
function isPiece(
  { hues, widthPx, heightPx }: HueMap,
  { at: [x, y], towards: [u, v], hue }: { at: Point; towards: Point; hue: number },
): boolean {
  const endX = x + u * (DASH_PX - 1);
  const endY = y + v * (DASH_PX - 1);
  if (Math.min(x, y, endX, endY) < 0) return false;
  if (Math.max(x, endX) >= widthPx || Math.max(y, endY) >= heightPx) return false;
  for (let step = 0; step < DASH_PX; step++) {
    if (!isLike(hues[(y + v * step) * widthPx + x + u * step]!, hue)) return false;
  }
  return true;
}

function describe(map: HueMap, span: Span, hue: number): DrawnBox {
  const { left, top, right, bottom } = span;
  const sides = {
    left: readSide(map, { from: [left, top], to: [left, bottom], inwards: [1, 0], hue }),
    top: readSide(map, { from: [left, top], to: [right, top], inwards: [0, 1], hue }),
    right: readSide(map, { from: [right, top], to: [right, bottom], inwards: [-1, 0], hue }),
    bottom: readSide(map, { from: [left, bottom], to: [right, bottom], inwards: [0, -1], hue }),
  };
  const shares = Object.values(sides).map(({ share }) => share);
  return {
    xmin: (left + sides.left.middlePx) / map.widthPx,
    ymin: (top + sides.top.middlePx) / map.heightPx,
    xmax: (right + 1 - sides.right.middlePx) / map.widthPx,
    ymax: (bottom + 1 - sides.bottom.middlePx) / map.heightPx,
    isDashed: shares.reduce((sum, share) => sum + share, 0) / shares.length < SOLID_SHARE,
  };
}

/** How far inside its outermost pixels one side's stroke has its middle, and on which share it is drawn. */
function readSide(
  { hues, widthPx }: HueMap,
  { from, to, inwards: [u, v], hue }: { from: Point; to: Point; inwards: Point; hue: number },
): { middlePx: number; share: number } {
  const stepX = Math.sign(to[0] - from[0]);
  const stepY = Math.sign(to[1] - from[1]);
  const lengthPx = Math.max(to[0] - from[0], to[1] - from[1]) + 1;
  const strokesPx: { widthPx: number; middlePx: number }[] = [];
  // At the ends are the strokes of the sides across, which of a small box are a good part of it.
  const endPx = Math.min(MAX_STROKE_PX, Math.floor((lengthPx - 1) / 3));
  for (let step = endPx; step < lengthPx - endPx; step++) {
    const depths: number[] = [];
    for (let depth = 0; depth < Math.min(MAX_STROKE_PX, lengthPx); depth++) {
      const at = (from[1] + stepY * step + v * depth) * widthPx + from[0] + stepX * step +
        u * depth;
      if (isLike(hues[at] ?? 0, hue)) depths.push(depth);
    }
    const middlePx = ((depths[0] ?? 0) + (depths.at(-1) ?? 0) + 1) / 2;
    strokesPx.push({ widthPx: depths.length, middlePx });
  }
  // Between the dashes may be nothing, or a thin line.
  const widthsPx = strokesPx.map((stroke) => stroke.widthPx).sort((a, b) => a - b);
  const usualPx = widthsPx[Math.floor(widthsPx.length * USUAL_SHARE)]!;
  const drawn = strokesPx.filter((stroke) => stroke.widthPx > DRAWN_SHARE * usualPx);
  const middlesPx = drawn.map(({ middlePx }) => middlePx).sort((a, b) => a - b);
  return {
    middlePx: middlesPx[middlesPx.length >> 1] ?? 0,
    share: drawn.length / strokesPx.length,
  };
}
