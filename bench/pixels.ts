import { Buffer } from "node:buffer";
import jsqr from "jsqr";
import { PNG } from "pngjs";
import type { BoxXyxy } from "./picture.ts";

/** A screenshot: RGBA8, row-major. */
export interface Screenshot {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixels: Uint8Array;
}

/** Part of a screenshot, in its pixels. */
export interface AreaPx {
  readonly xPx: number;
  readonly yPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Decodes a PNG. @throws {Error} If it is none. */
export function readPng(bytes: Uint8Array): Screenshot {
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
  return { widthPx: width, heightPx: height, pixels: data };
}

/** What the QR code in a picture says, read as a phone's camera reads it; `undefined` if nothing. */
export function decodeQr({ pixels, widthPx, heightPx }: Screenshot): string | undefined {
  // The package is CommonJS: its types and its module disagree about where the function is.
  const decode = jsqr as unknown as typeof jsqr.default;
  const found = decode(new Uint8ClampedArray(pixels), widthPx, heightPx);
  return found?.data;
}

/** Grey value 0–255 of the pixel at a point; 0 outside. */
export function greyAt({ pixels, widthPx }: Screenshot, xPx: number, yPx: number): number {
  const at = (Math.round(yPx) * widthPx + Math.round(xPx)) * 4;
  return ((pixels[at] ?? 0) + (pixels[at + 1] ?? 0) + (pixels[at + 2] ?? 0)) / 3;
}

/** Least distance between the strongest and the weakest channel of a pixel that has colour. */
const COLOURED = 60;

/** Shorter strokes than this are no side of a box: icons, or letters in colour. */
const MIN_SIDE_PX = 12;

/**
 * The boxes drawn in colour over a grey picture, normalised to `area`: their strokes' outer edges.
 * Boxes whose strokes touch each other are taken for one.
 */
export function findDrawnBoxes(shot: Screenshot, area: AreaPx): BoxXyxy[] {
  const mask = colourMask(shot, area);
  const boxes: BoxXyxy[] = [];
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] !== 1) continue;
    const box = takeComponent(mask, area.widthPx, start);
    const width = box.right - box.left + 1;
    const height = box.bottom - box.top + 1;
    if (width < MIN_SIDE_PX || height < MIN_SIDE_PX) continue;
    boxes.push({
      xmin: box.left / area.widthPx,
      ymin: box.top / area.heightPx,
      xmax: (box.right + 1) / area.widthPx,
      ymax: (box.bottom + 1) / area.heightPx,
    });
  }
  return boxes;
}

/** 1 where a pixel of `area` has colour, row-major. */
function colourMask({ pixels, widthPx }: Screenshot, area: AreaPx): Uint8Array {
  const mask = new Uint8Array(area.widthPx * area.heightPx);
  for (let y = 0; y < area.heightPx; y++) {
    for (let x = 0; x < area.widthPx; x++) {
      const at = ((area.yPx + y) * widthPx + area.xPx + x) * 4;
      const [red = 0, green = 0, blue = 0] = pixels.subarray(at, at + 3);
      const spread = Math.max(red, green, blue) - Math.min(red, green, blue);
      if (spread >= COLOURED) mask[y * area.widthPx + x] = 1;
    }
  }
  return mask;
}

/** Pixels up to this far apart are joined: a stroke may fade out for a pixel or two. */
const REACH_PX = 3;

/** Clears the coloured pixels that hang together with `start` and returns what they span. */
function takeComponent(mask: Uint8Array, width: number, start: number) {
  const height = mask.length / width;
  const span = { left: width, top: height, right: 0, bottom: 0 };
  const todo = [start];
  mask[start] = 2;
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    const x = at % width;
    const y = (at - x) / width;
    span.left = Math.min(span.left, x);
    span.right = Math.max(span.right, x);
    span.top = Math.min(span.top, y);
    span.bottom = Math.max(span.bottom, y);
    for (let v = Math.max(0, y - REACH_PX); v <= Math.min(height - 1, y + REACH_PX); v++) {
      for (let u = Math.max(0, x - REACH_PX); u <= Math.min(width - 1, x + REACH_PX); u++) {
        if (mask[v * width + u] !== 1) continue;
        mask[v * width + u] = 2;
        todo.push(v * width + u);
      }
    }
  }
  return span;
}
