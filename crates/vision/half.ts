// This module is browser compatible.

/**
 * Numbers of half precision (IEEE 754 binary16), as runtimes take them: a `Float16Array` where there
 * is one, else their bits.
 */
export type HalfArray = (ArrayBufferView<ArrayBuffer> & { readonly length: number }) & {
  readonly BYTES_PER_ELEMENT: number;
};

interface NativeHalfArray extends HalfArray {
  set(from: ArrayLike<number>): void;
}

/** Newer than the oldest browsers that Peerlens runs in: Chromium 135, Firefox 129, Safari 18.2. */
const Native = (globalThis as {
  Float16Array?: new (length: number) => NativeHalfArray;
}).Float16Array;

/** Room for so many numbers. */
export function halfArray(length: number): HalfArray {
  return Native === undefined ? new Uint16Array(length) : new Native(length);
}

/** Rounds to half precision: to the nearest, ties to even. @param to Of the same length. */
export function toHalf(from: Float32Array, to: HalfArray): void {
  if (isNative(to)) to.set(from);
  else toHalfBits(from, to as Uint16Array);
}

/** Widens from half precision, which is exact. @param to Of the same length. */
export function fromHalf(from: HalfArray, to: Float32Array): void {
  if (isNative(from)) to.set(from as unknown as Float32Array);
  else fromHalfBits(from as Uint16Array, to);
}

function isNative(array: HalfArray): array is NativeHalfArray {
  return Native !== undefined && array instanceof Native;
}

/** {@linkcode toHalf} where there is no `Float16Array`. */
export function toHalfBits(from: Float32Array, to: Uint16Array): void {
  const bits = new Uint32Array(from.buffer, from.byteOffset, from.length);
  for (let at = 0; at < bits.length; at++) to[at] = halfOf(bits[at]!);
}

/** {@linkcode fromHalf} where there is no `Float16Array`. */
export function fromHalfBits(from: Uint16Array, to: Float32Array): void {
  for (let at = 0; at < from.length; at++) to[at] = floatOf(from[at]!);
}

// binary32: sign, 8 bits of exponent (bias 127), 23 of mantissa. binary16: sign, 5 (15), 10.
function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 65536 and more, infinity
  if (magnitude < 0x38800000) {
    // Below the smallest normal number: in steps of 2^-24. Adding 2^23 rounds to whole ones.
    roundingFloat[0] = magnitude;
    const steps = Math.abs(rounding[0]!) * 2 ** 24;
    rounding[0] = steps + 2 ** 23;
    return sign | (roundingFloat[0]! & 0x7ff);
  }
  // Half a step less one, plus the last bit that stays: ties go to even. May carry up to infinity.
  const rounded = magnitude + 0x0fff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

const rounding = new Float32Array(1);
const roundingFloat = new Uint32Array(rounding.buffer);

function floatOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}
