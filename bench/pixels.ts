import { Buffer } from "node:buffer";
import jsqr from "jsqr";
import { PNG } from "pngjs";

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

/** Coloured pixels are further from grey than this: between the strongest and the weakest channel. */
const GREY_SPREAD = 24;

/** How many pixels of the area around a picture, left and right of it, have colour. */
export function colouredBeside(
  { pixels, widthPx }: Screenshot,
  picture: AreaPx,
  around: { readonly x: number; readonly width: number },
): number {
  let count = 0;
  const right = picture.xPx + picture.widthPx;
  for (let y = picture.yPx; y < picture.yPx + picture.heightPx; y++) {
    for (let x = Math.ceil(around.x); x < Math.floor(around.x + around.width); x++) {
      if (x >= picture.xPx && x < right) continue;
      const rgb = pixels.subarray((y * widthPx + x) * 4, (y * widthPx + x) * 4 + 3);
      if (Math.max(...rgb) - Math.min(...rgb) > GREY_SPREAD) count += 1;
    }
  }
  return count;
}
