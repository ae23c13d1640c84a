/** A clock drawn into a picture as a row of black and white blocks; see `frame_code.ts` for frames. */

export const WIDTH_PX = 640;
export const HEIGHT_PX = 480;

/** Two macroblocks: survives the codec. */
export const BLOCK_PX = 32;

const BITS = WIDTH_PX / BLOCK_PX;

/** Steps of a quarter of a millisecond: the clock comes round after 4 minutes. */
const STEPS_PER_MS = 4;

/** After this long the same is drawn again. */
export const ROUND_MS = 2 ** BITS / STEPS_PER_MS;

/** Blocks from the left, the lowest bit first. */
export function clockBits(timeMs: number): boolean[] {
  const steps = Math.floor(timeMs * STEPS_PER_MS) % 2 ** BITS;
  return Array.from({ length: BITS }, (_, bit) => ((steps >> bit) & 1) === 1);
}

/** Reads the time back, from 0 to {@linkcode ROUND_MS}. `grey`: 0–255 at `x` in the row of blocks. */
export function drawnMs(grey: (x: number) => number): number {
  let steps = 0;
  for (let bit = 0; bit < BITS; bit++) {
    if (grey((bit + 0.5) * BLOCK_PX) > 128) steps |= 1 << bit;
  }
  // In the middle of its step.
  return (steps + 0.5) / STEPS_PER_MS;
}
