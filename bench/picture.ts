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

/** A picture in colour: JPEG's three planes (BT.601, full range; chroma 128: none), all of one size. */
export interface ColourPicture {
  readonly luma: GreyPicture;
  readonly cb: GreyPicture;
  readonly cr: GreyPicture;
}

/** Reads a JPEG. @throws {Deno.errors.NotFound} If there is no such file. */
export async function readJpeg(path: string | URL): Promise<ColourPicture> {
  const { width, height, data } = jpeg.decode(Buffer.from(await Deno.readFile(path)), {
    useTArray: true,
  });
  const plane = (red: number, green: number, blue: number, offset: number): GreyPicture => {
    const pixels = new Uint8ClampedArray(width * height);
    for (let at = 0, from = 0; at < pixels.length; at++, from += 4) {
      const [r = 0, g = 0, b = 0] = [data[from], data[from + 1], data[from + 2]];
      pixels[at] = red * r + green * g + blue * b + offset;
    }
    return { widthPx: width, heightPx: height, pixels: new Uint8Array(pixels.buffer) };
  };
  return {
    luma: plane(0.299, 0.587, 0.114, 0),
    cb: plane(-0.168736, -0.331264, 0.5, 128),
    cr: plane(0.5, -0.418688, -0.081312, 128),
  };
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

/** {@linkcode cropAndScale} of all planes. */
export function cropAndScaleColour(
  { luma, cb, cr }: ColourPicture,
  cropXyxy: BoxXyxy,
  heightPx: number,
): ColourPicture {
  const scaled = (plane: GreyPicture) => cropAndScale(plane, cropXyxy, heightPx);
  return { luma: scaled(luma), cb: scaled(cb), cr: scaled(cr) };
}
