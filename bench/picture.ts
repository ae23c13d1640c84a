import { Buffer } from "node:buffer";
import jpeg from "jpeg-js";

/** A grey picture: one byte a pixel, row-major, 0 black to 255 white. */
export interface GreyPicture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixels: Uint8Array;
}

/** A box in normalised coordinates of its picture or frame. */
export interface BoxXyxy {
  readonly xmin: number;
  readonly ymin: number;
  readonly xmax: number;
  readonly ymax: number;
}

/**
 * Reads a JPEG as grey (BT.601 luma).
 * @throws {Deno.errors.NotFound} If there is no such file.
 */
export async function readGreyJpeg(path: string): Promise<GreyPicture> {
  const { width, height, data } = jpeg.decode(Buffer.from(await Deno.readFile(path)), {
    useTArray: true,
  });
  const pixels = new Uint8Array(width * height);
  for (let at = 0; at < pixels.length; at++) {
    const [red = 0, green = 0, blue = 0] = data.subarray(at * 4, at * 4 + 3);
    pixels[at] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  }
  return { widthPx: width, heightPx: height, pixels };
}

/** The boxes of a YOLO label file, `class cx cy w h` a line, normalised, as xyxy. */
export function parseYoloLabels(text: string): { classId: number; boxXyxy: BoxXyxy }[] {
  return text.trim().split("\n").filter((line) => line !== "").map((line) => {
    const [classId = NaN, cx = NaN, cy = NaN, w = NaN, h = NaN] = line.split(" ").map(Number);
    const boxXyxy = { xmin: cx - w / 2, ymin: cy - h / 2, xmax: cx + w / 2, ymax: cy + h / 2 };
    return { classId, boxXyxy };
  });
}

/** Intersection over union of two boxes; 0 when they do not touch. */
export function iou(a: BoxXyxy, b: BoxXyxy): number {
  const width = Math.min(a.xmax, b.xmax) - Math.max(a.xmin, b.xmin);
  const height = Math.min(a.ymax, b.ymax) - Math.max(a.ymin, b.ymin);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: BoxXyxy) => (box.xmax - box.xmin) * (box.ymax - box.ymin);
  return width * height / (area(a) + area(b) - width * height);
}

/**
 * Part of a picture, scaled to a height: bilinear, each output pixel averaging the source pixels
 * under it when it shrinks (a plain bilinear would alias, and detectors suffer from that).
 */
export function cropAndScale(
  source: GreyPicture,
  cropXyxy: BoxXyxy,
  heightPx: number,
): GreyPicture {
  const left = cropXyxy.xmin * source.widthPx;
  const top = cropXyxy.ymin * source.heightPx;
  const step = (cropXyxy.ymax - cropXyxy.ymin) * source.heightPx / heightPx;
  const widthPx = Math.round((cropXyxy.xmax - cropXyxy.xmin) * source.widthPx / step);
  const pixels = new Uint8Array(widthPx * heightPx);
  const taps = Math.max(1, Math.ceil(step));
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      let sum = 0;
      for (let v = 0; v < taps; v++) {
        for (let u = 0; u < taps; u++) {
          const sourceX = left + (x + (u + 0.5) / taps) * step - 0.5;
          const sourceY = top + (y + (v + 0.5) / taps) * step - 0.5;
          sum += sample(source, sourceX, sourceY);
        }
      }
      pixels[y * widthPx + x] = Math.round(sum / (taps * taps));
    }
  }
  return { widthPx, heightPx, pixels };
}

/** Bilinear value at a point in pixel centres' coordinates; the edge repeats outside. */
export function sample({ widthPx, heightPx, pixels }: GreyPicture, x: number, y: number): number {
  const clampedX = Math.min(Math.max(x, 0), widthPx - 1);
  const clampedY = Math.min(Math.max(y, 0), heightPx - 1);
  const left = Math.floor(clampedX);
  const top = Math.floor(clampedY);
  const right = Math.min(left + 1, widthPx - 1);
  const bottom = Math.min(top + 1, heightPx - 1);
  const alongX = clampedX - left;
  const alongY = clampedY - top;
  const at = (column: number, row: number) => pixels[row * widthPx + column] ?? 0;
  const upper = at(left, top) * (1 - alongX) + at(right, top) * alongX;
  const lower = at(left, bottom) * (1 - alongX) + at(right, bottom) * alongX;
  return upper * (1 - alongY) + lower * alongY;
}
