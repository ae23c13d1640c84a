import { DetectorError } from "./detector_error.ts";

/** What reads pixels of a canvas as they were drawn: the canvas itself, or a frame that is made of it. */
export type ReadBackWay = "canvas" | "frame";

/** Pixels of the test picture. */
const SIDE_PX = 16;

/** Off by so much on average, of 255, is noise that protects nobody and harms no detection. */
const MAX_MEAN_ERROR = 3;

let found: Promise<ReadBackWay | null> | null = null;

/**
 * Which way this Worker reads pixels that are true: known ones are drawn and read, once. Browsers that
 * protect against fingerprinting give others. `null`: there is none.
 */
export function readBackWay(): Promise<ReadBackWay | null> {
  return found ??= findWay();
}

/** The pixels of a canvas as RGBA or BGRA, in a way that was found to be true. @throws {DetectorError} */
export async function readCanvas(
  context: OffscreenCanvasRenderingContext2D,
): Promise<{ format: "RGBA" | "BGRA"; data: Uint8Array | Uint8ClampedArray }> {
  const way = await readBackWay();
  if (way === null) throw falsePixels();
  return way === "canvas" ? readByCanvas(context) : await readByFrame(context);
}

/** What the page says where pixels are not true. */
export function falsePixels(): DetectorError {
  return new DetectorError(
    "false-pixels",
    "This browser gives pages false pixels in place of a picture's own, as a protection against " +
      "fingerprinting. Switch that off for this page and reload it, or use another browser.",
  );
}

/** Whether what was read is what was drawn, in RGBA; alpha is no part of it. */
export function isTrueTo(drawn: ArrayLike<number>, read: ArrayLike<number>): boolean {
  if (read.length !== drawn.length) return false;
  let error = 0;
  for (let at = 0; at < drawn.length; at++) {
    if (at % 4 !== 3) error += Math.abs(drawn[at]! - read[at]!);
  }
  return error <= MAX_MEAN_ERROR * drawn.length * 3 / 4;
}

async function findWay(): Promise<ReadBackWay | null> {
  const context = new OffscreenCanvas(SIDE_PX, SIDE_PX).getContext("2d", {
    willReadFrequently: true,
  })!;
  const drawn = new Uint8Array(SIDE_PX * SIDE_PX * 4);
  for (let pixel = 0; pixel < SIDE_PX * SIDE_PX; pixel++) {
    // All three change, and neighbours differ: an even colour could be guessed.
    const rgba = [pixel, 255 - pixel, (pixel * 37) % 256, 255];
    drawn.set(rgba, pixel * 4);
    context.fillStyle = `rgb(${rgba[0]} ${rgba[1]} ${rgba[2]})`;
    context.fillRect(pixel % SIDE_PX, Math.floor(pixel / SIDE_PX), 1, 1);
  }
  if (isTrueTo(drawn, readByCanvas(context).data)) return "canvas";
  const { format, data } = await readByFrame(context).catch(() => NOTHING);
  return isTrueTo(drawn, format === "BGRA" ? swapped(data) : data) ? "frame" : null;
}

const NOTHING = { format: "RGBA", data: new Uint8Array() } as const;

function readByCanvas(context: OffscreenCanvasRenderingContext2D) {
  const { width, height } = context.canvas;
  return { format: "RGBA", data: context.getImageData(0, 0, width, height).data } as const;
}

async function readByFrame(context: OffscreenCanvasRenderingContext2D) {
  const frame = new VideoFrame(context.canvas, { timestamp: 0 });
  try {
    const { format } = frame;
    const isKnown = format === "RGBA" || format === "RGBX" || format === "BGRA" ||
      format === "BGRX";
    if (!isKnown) throw new TypeError(`Cannot read a canvas: it is ${format}`);
    const data = new Uint8Array(frame.allocationSize());
    const [plane] = await frame.copyTo(data);
    if (plane!.stride !== frame.codedWidth * 4) throw new TypeError("Cannot read a canvas: padded");
    return { format: format.startsWith("RGB") ? "RGBA" : "BGRA", data } as const;
  } finally {
    frame.close();
  }
}

function swapped(bgra: Uint8Array): Uint8Array {
  const rgba = bgra.slice();
  for (let at = 0; at < rgba.length; at += 4) {
    rgba[at] = bgra[at + 2]!;
    rgba[at + 2] = bgra[at]!;
  }
  return rgba;
}
