import { drawText, textSize } from "./draw_text.ts";

/** One thing to be drawn into a picture. */
export interface BurnedBox {
  readonly label: string;
  /** 0 to 1. */
  readonly score: number;
  /** Corners, xyxy, as parts of the picture's width and height. */
  readonly xmin: number;
  readonly ymin: number;
  readonly xmax: number;
  readonly ymax: number;
}

/** Boxes drawn into one frame at most. */
export const MAX_BURNED_BOXES = 100;

/** Luma and chroma (BT.601, narrow range), by class: told apart by everybody, on any picture. */
const COLOURS = [
  [180, 60, 100], // sky
  [170, 100, 200], // orange
  [200, 40, 150], // yellow
  [150, 90, 60], // green
  [120, 180, 90], // blue
  [140, 120, 220], // red
  [190, 150, 170], // pink
] as const;

const BLACK = 16;

/** Draws boxes with their labels into an I420 frame, in place. What is outside of it is left out. */
export function drawBoxes(
  frame: { readonly widthPx: number; readonly heightPx: number; readonly i420: Uint8Array },
  boxes: readonly BurnedBox[],
): void {
  const { widthPx, heightPx } = frame;
  // Two pixels of a picture of 640: chroma has half as many.
  const edgePx = Math.max(2, Math.round(widthPx / 640) * 2);
  const even = (value: number, most: number) =>
    Math.min(most, Math.max(0, Math.round(value / 2) * 2));
  for (const { label, score, xmin, ymin, xmax, ymax } of boxes.slice(0, MAX_BURNED_BOXES)) {
    if (![xmin, ymin, xmax, ymax].every(Number.isFinite)) continue;
    const [left, right] = [even(xmin * widthPx, widthPx), even(xmax * widthPx, widthPx)];
    const [top, bottom] = [even(ymin * heightPx, heightPx), even(ymax * heightPx, heightPx)];
    if (right <= left || bottom <= top) continue;
    const colour = COLOURS[hash(label) % COLOURS.length]!;
    const fill = (x0: number, y0: number, x1: number, y1: number) =>
      fillRect(frame, [x0, y0, x1, y1], colour);
    fill(left, top, right, Math.min(bottom, top + edgePx));
    fill(left, Math.max(top, bottom - edgePx), right, bottom);
    fill(left, top, Math.min(right, left + edgePx), bottom);
    fill(Math.max(left, right - edgePx), top, right, bottom);
    const text = `${label} ${Math.round(score * 100)}%`;
    const size = textSize(text, edgePx);
    const y = top >= size.heightPx ? top - size.heightPx : top;
    const x = Math.max(0, Math.min(left, widthPx - size.widthPx));
    fill(x, y, Math.min(widthPx, x + size.widthPx), Math.min(heightPx, y + size.heightPx));
    drawText(frame, text, { x, y, scalePx: edgePx, luma: BLACK });
  }
}

/** Sides are even, and within the frame. */
function fillRect(
  { widthPx, heightPx, i420 }: {
    readonly widthPx: number;
    readonly heightPx: number;
    readonly i420: Uint8Array;
  },
  [left, top, right, bottom]: readonly [number, number, number, number],
  [luma, u, v]: readonly [number, number, number],
): void {
  const lumaBytes = widthPx * heightPx;
  for (let y = top; y < bottom; y++) i420.fill(luma, y * widthPx + left, y * widthPx + right);
  for (let y = top / 2; y < bottom / 2; y++) {
    const start = lumaBytes + y * widthPx / 2;
    i420.fill(u, start + left / 2, start + right / 2);
    i420.fill(v, start + lumaBytes / 4 + left / 2, start + lumaBytes / 4 + right / 2);
  }
}

function hash(text: string): number {
  let sum = 7;
  for (let at = 0; at < text.length; at++) sum = (sum * 31 + text.charCodeAt(at)) >>> 0;
  return sum;
}
