/** Red, green, blue, 0–255. */
export type Rgb = readonly [number, number, number];

/** Colours of a picture at a place, both shares of its sides. */
export type DrawnPicture = (x: number, y: number) => Rgb;

/**
 * Pictures to try a model on, in which there is nothing to be found: numbers of all sizes reach the model.
 * Slopes with an edge; and a coarse pattern of colours, in which no two places are the same.
 */
export const DRAWN_PICTURES: readonly DrawnPicture[] = [
  (x, y) => [x * 255, y * 255, Math.hypot(x - 0.5, y - 0.5) < 0.3 ? 220 : 40],
  (x, y) => {
    const cell = Math.floor(x * 23) * 41 + Math.floor(y * 17) * 89;
    return [cell * 53 % 256, cell * 97 % 256, cell * 193 % 256];
  },
];

/** RGBA, row by row. */
export function drawRgba(
  picture: DrawnPicture,
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
  rgba: Uint8Array,
): void {
  for (let at = 0; at < widthPx * heightPx; at++) {
    const place = [(at % widthPx) / widthPx, Math.floor(at / widthPx) / heightPx] as const;
    rgba.set([...picture(...place), 255], at * 4);
  }
}

/** Pixels as a model's input has them, 0–255. */
export function drawPixels(
  picture: DrawnPicture,
  { widthPx, heightPx, layout }: {
    readonly widthPx: number;
    readonly heightPx: number;
    readonly layout: "nchw" | "nhwc";
  },
): Float32Array {
  const plane = widthPx * heightPx;
  const pixels = new Float32Array(3 * plane);
  for (let at = 0; at < plane; at++) {
    const rgb = picture((at % widthPx) / widthPx, Math.floor(at / widthPx) / heightPx);
    for (const [color, value] of rgb.entries()) {
      pixels[layout === "nhwc" ? at * 3 + color : color * plane + at] = Math.floor(value);
    }
  }
  return pixels;
}
