/**
 * Random numbers that are the same on every run, and random frames.
 *
 * @module
 */
import type { FrameLayout, PixelFormat } from "./mod.ts";

/** Gives numbers in [0, 1). */
export type Random = () => number;

/** Source: mulberry32 (Tommy Ettinger, public domain). */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An integer from `low` to `high`, both included. */
export function randomInt(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** One of `values`. */
export function pick<T>(random: Random, values: readonly T[]): T {
  return values[randomInt(random, 0, values.length - 1)]!;
}

/** `length` bytes, extremes more often than not: they are what overflows. */
export function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => {
    const kind = random();
    return kind < 0.1 ? 0 : kind < 0.2 ? 255 : randomInt(random, 0, 255);
  });
}

/** A frame of up to `maxSidePx` with gaps before its planes and after its rows. */
export function randomLayout(
  random: Random,
  maxSidePx: number,
): { layout: FrameLayout; byteLength: number } {
  const format: PixelFormat = pick(random, ["RGBA", "RGBX", "BGRA", "BGRX", "RGB", "I420", "NV12"]);
  const widthPx = randomInt(random, 1, maxSidePx);
  const heightPx = randomInt(random, 1, maxSidePx);
  const half = [Math.ceil(widthPx / 2), Math.ceil(heightPx / 2)] as const;
  const sizes: (readonly [number, number])[] = format === "I420"
    ? [[widthPx, heightPx], half, half]
    : format === "NV12"
    ? [[widthPx, heightPx], [half[0] * 2, half[1]]]
    : [[widthPx * (format === "RGB" ? 3 : 4), heightPx]];
  let byteLength = 0;
  const planes = sizes.map(([rowBytes, rows]) => {
    const offset = byteLength + randomInt(random, 0, 7);
    const stride = rowBytes + randomInt(random, 0, 17);
    // The last row has no gap after it: what reads on reads out of the frame.
    byteLength = offset + stride * (rows - 1) + rowBytes;
    return { offset, stride };
  });
  const layout: FrameLayout = {
    format,
    widthPx,
    heightPx,
    planes,
    matrix: pick(random, ["bt601", "bt709"]),
    range: pick(random, ["limited", "full"]),
  };
  return { layout, byteLength };
}
