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
