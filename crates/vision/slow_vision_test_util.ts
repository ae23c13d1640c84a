/**
 * The same arithmetic once more, written for reading: pixel by pixel, in f64, straight from the
 * definitions. Shares no code with the crate.
 *
 * @module
 */
import type { FrameLayout, InputSpec } from "./mod.ts";

/** Red, green, blue in 0–255. */
type Rgb = [number, number, number];

/** Where the picture lies in the model input, px. */
export function slowGeometry(input: InputSpec, width: number, height: number) {
  const { widthPx, heightPx, placement } = input;
  if (placement === "stretch") return { padX: 0, padY: 0, width: widthPx, height: heightPx };
  const gain = Math.min(widthPx / width, heightPx / height);
  const scaled = (side: number, limit: number) =>
    Math.min(limit, Math.max(1, roundHalfEven(side * gain)));
  const size = { width: scaled(width, widthPx), height: scaled(height, heightPx) };
  if (placement === "top-left") return { padX: 0, padY: 0, ...size };
  const pad = (outer: number, inner: number) => Math.round((outer - inner) / 2 - 0.1);
  return { padX: pad(widthPx, size.width), padY: pad(heightPx, size.height), ...size };
}

/** The tensor that `Vision.letterbox` should give, but for rounding. */
export function slowLetterbox(
  input: InputSpec,
  layout: FrameLayout,
  bytes: Uint8Array,
): Float64Array {
  const { widthPx, heightPx, mean, std } = input;
  const geometry = slowGeometry(input, layout.widthPx, layout.heightPx);
  const tensor = new Float64Array(3 * widthPx * heightPx);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const [column, row] = [x - geometry.padX, y - geometry.padY];
      const inside = column >= 0 && row >= 0 && column < geometry.width && row < geometry.height;
      const rgb: Rgb = inside
        ? slowPixel(
          layout,
          bytes,
          (column + 0.5) * layout.widthPx / geometry.width,
          (row + 0.5) * layout.heightPx / geometry.height,
        )
        : [input.pad, input.pad, input.pad];
      if (input.order === "bgr") rgb.reverse();
      for (let c = 0; c < 3; c++) {
        const at = input.layout === "nhwc"
          ? (y * widthPx + x) * 3 + c
          : (c * heightPx + y) * widthPx + x;
        tensor[at] = (rgb[c]! - mean[c]!) / std[c]!;
      }
    }
  }
  return tensor;
}

/** Colour at a point of the frame; (0, 0) is the corner of its first pixel. */
function slowPixel(layout: FrameLayout, bytes: Uint8Array, x: number, y: number): Rgb {
  const { format, widthPx, heightPx, planes } = layout;
  const read = (plane: number, step: number, skip: number, shift: number) => {
    const { offset, stride } = planes[plane]!;
    const at = (column: number, row: number) =>
      bytes[offset + row * stride + column * step + skip]!;
    const scale = 1 << shift;
    const [columns, rows] = [Math.ceil(widthPx / scale), Math.ceil(heightPx / scale)];
    return bilinear(at, columns, rows, x / scale - 0.5, y / scale - 0.5);
  };
  if (format === "RGB") return [read(0, 3, 0, 0), read(0, 3, 1, 0), read(0, 3, 2, 0)];
  if (format.startsWith("RGB")) return [read(0, 4, 0, 0), read(0, 4, 1, 0), read(0, 4, 2, 0)];
  if (format.startsWith("BGR")) return [read(0, 4, 2, 0), read(0, 4, 1, 0), read(0, 4, 0, 0)];
  const luma = read(0, 1, 0, 0);
  const [u, v] = format === "NV12"
    ? [read(1, 2, 0, 1), read(1, 2, 1, 1)]
    : [read(1, 1, 0, 1), read(2, 1, 0, 1)];
  return slowRgb(layout, luma, u, v);
}

/** ITU-R BT.601 and BT.709, solved for red, green and blue. */
function slowRgb({ matrix, range }: FrameLayout, luma: number, u: number, v: number): Rgb {
  const [kr, kb] = matrix === "bt601" ? [0.299, 0.114] : [0.2126, 0.0722];
  const limited = range === "limited";
  const y = limited ? (luma - 16) * 255 / 219 : luma;
  const cb = (u - 128) * (limited ? 255 / 224 : 1);
  const cr = (v - 128) * (limited ? 255 / 224 : 1);
  const red = y + 2 * (1 - kr) * cr;
  const blue = y + 2 * (1 - kb) * cb;
  const green = (y - kr * red - kb * blue) / (1 - kr - kb);
  return [clamp(red, 255), clamp(green, 255), clamp(blue, 255)];
}

/** Weights are in steps of 1/2048, as in OpenCV. */
function bilinear(
  at: (column: number, row: number) => number,
  columns: number,
  rows: number,
  x: number,
  y: number,
): number {
  const [cx, cy] = [clamp(x, columns - 1), clamp(y, rows - 1)];
  const [x0, y0] = [Math.floor(cx), Math.floor(cy)];
  const [x1, y1] = [Math.min(x0 + 1, columns - 1), Math.min(y0 + 1, rows - 1)];
  const wx = Math.round((cx - x0) * 2048) / 2048;
  const wy = Math.round((cy - y0) * 2048) / 2048;
  const top = at(x0, y0) * (1 - wx) + at(x1, y0) * wx;
  const bottom = at(x0, y1) * (1 - wx) + at(x1, y1) * wx;
  return top * (1 - wy) + bottom * wy;
}

function clamp(value: number, high: number): number {
  return Math.min(Math.max(value, 0), high);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
