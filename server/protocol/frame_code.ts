// This module is browser compatible.
/**
 * Numbers drawn into a frame as rows of black and white blocks, big enough to be read back from a
 * screenshot after camera, video codec and scaling. Row 0 is the frame's own number.
 *
 * @module
 */

/** Highest number + 1. At 30 fps that is over two minutes before it repeats. */
export const CODE_NUMBERS = 1 << 12;

/** Twelve bits of number, most significant first, then four of check. */
const BITS = 16;

/** Side of a block as a part of the frame's width: 16 px of 640, one macroblock of the codec. */
const BLOCK = 1 / 40;

// White next to black at both ends, so that a row of plain grey never reads as a number.
const BLACK = 0;
const WHITE = 255;
const THRESHOLD = 128;

/**
 * The blocks of a number, the first in the highest of 16 bits, 1 for white: the number, then four
 * bits that change with every bit of it and are not 0 for 0. Stands alone, so that pages can have it.
 */
export function codeWord(number: number): number {
  return (number << 4) | (((number ^ (number >> 4) ^ (number >> 8)) & 15) ^ 9);
}

/** How much of a frame's top left a code takes. */
export function frameCodePx(frameWidthPx: number): { widthPx: number; heightPx: number } {
  const side = Math.round(frameWidthPx * BLOCK);
  return { widthPx: BITS * side, heightPx: side };
}

/** Draws `number` at the top left of a grey frame, or as one of the rows beneath. */
export function drawFrameCode(
  frame: { readonly widthPx: number; readonly pixels: Uint8Array },
  number: number,
  row = 0,
): void {
  const side = Math.round(frame.widthPx * BLOCK);
  const word = codeWord(number);
  for (let bit = 0; bit < BITS; bit++) {
    const value = (word >> (BITS - 1 - bit)) & 1 ? WHITE : BLACK;
    for (let y = row * side; y < (row + 1) * side; y++) {
      const start = y * frame.widthPx + bit * side;
      frame.pixels.fill(value, start, start + side);
    }
  }
}

/**
 * Reads a number back, or `undefined` when there is none or its check fails.
 *
 * @param brightness Grey value 0–255 at a point of the frame; both coordinates in units of the
 * frame's **width**, because blocks are square.
 */
export function readFrameCode(
  brightness: (x: number, y: number) => number,
  row = 0,
): number | undefined {
  let word = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const value = brightness((bit + 0.5) * BLOCK, (row + 0.5) * BLOCK);
    word = (word << 1) | (value > THRESHOLD ? 1 : 0);
  }
  const number = word >> 4;
  return word === codeWord(number) ? number : undefined;
}
