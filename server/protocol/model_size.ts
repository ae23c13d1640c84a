// This module is browser compatible.
import type { ModelInput } from "./model.ts";

/** Width and height in px. */
interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What of a model's input says which sizes there are. */
type Sized = Pick<ModelInput, "widthPx" | "heightPx" | "sizes">;

/**
 * A picture is square up to here, width by height: half-way, in ratios, between the square and a
 * camera's 4:3.
 */
const SQUARE_UP_TO = Math.sqrt(4 / 3);

/** How many sizes there are to choose from; 1: the only one. */
export function sizeCount({ sizes }: Sized): number {
  return sizes?.length ?? 1;
}

/**
 * The size in which a model sees a picture. A picture that is higher than wide gets the size turned,
 * so that little of the input is padding.
 * @param level 0: the largest; a level beyond the last one is taken as that.
 */
export function inputSize(input: Sized, picture: SizePx, level: number): SizePx {
  const { sizes, widthPx, heightPx } = input;
  if (sizes === undefined) return { widthPx, heightPx };
  const { landscape, square } = sizes[Math.min(level, sizes.length - 1)]!;
  const ratio = picture.widthPx / picture.heightPx;
  const [longPx, shortPx] = Math.max(ratio, 1 / ratio) <= SQUARE_UP_TO ? square : landscape;
  return ratio >= 1
    ? { widthPx: longPx, heightPx: shortPx }
    : { widthPx: shortPx, heightPx: longPx };
}

/**
 * The size for a picture that was made for one of a model's sizes: the smallest that holds it, so that
 * nothing is scaled twice. A picture larger than all gets the largest of its shape.
 */
export function sizeHolding(input: Sized, picture: SizePx): SizePx {
  for (let level = sizeCount(input) - 1; level > 0; level--) {
    const size = inputSize(input, picture, level);
    if (size.widthPx >= picture.widthPx && size.heightPx >= picture.heightPx) return size;
  }
  return inputSize(input, picture, 0);
}

/**
 * How much of the largest size's work each size is. A run takes time by the pixels: NanoDet-m natively
 * 59 to 63 ns each from 320×256 to 416×416.
 */
export function workShares(input: Sized): number[] {
  const pixels = Array.from({ length: sizeCount(input) }, (_, level) => {
    const { widthPx, heightPx } = inputSize(input, input, level);
    return widthPx * heightPx;
  });
  return pixels.map((count) => count / pixels[0]!);
}

/** A size's name in settings and links: `416x320`, of its landscape form. */
export function sizeName(input: Sized, level: number): string {
  const { widthPx, heightPx } = inputSize(input, input, level);
  return `${widthPx}x${heightPx}`;
}

/** The level that a name stands for; `null`: none of this model's. */
export function levelOf(input: Sized, name: string): number | null {
  for (let level = 0; level < sizeCount(input); level++) {
    if (sizeName(input, level) === name) return level;
  }
  return null;
}
