import { classColour } from "./class_colour.ts";
import { containRect, placeBox, type RectPx } from "./overlay_geometry.ts";
import type { Pick } from "./result_log.ts";

/** How the overlay looks. */
export interface PaintStyle {
  readonly labels: readonly string[];
  /** Flip boxes left to right, as the picture is; text never. */
  readonly mirror: boolean;
  /** Write the boxes' age into the corner when they are not of the frame on screen. */
  readonly showAge: boolean;
}

/** Up to this age boxes are drawn in full. */
const FRESH_MS = 150;

/** At this age boxes are gone: what they showed is no longer there. */
const GONE_MS = 1000;

const LINE_PX = 3;
const FONT_PX = 14;
const FONT = `600 ${FONT_PX}px system-ui, sans-serif`;

/** How visible boxes of this age are, 0–1. */
export function opacityAt(ageMs: number): number {
  return Math.max(0, Math.min(1, (GONE_MS - ageMs) / (GONE_MS - FRESH_MS)));
}

/**
 * Draws boxes over a video. The canvas covers the same area as the video element, which fits its
 * picture into it with `object-fit: contain`.
 */
export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d")!;
  }

  /** Matches the canvas to its area: CSS pixels and device pixels per CSS pixel. */
  resize(widthPx: number, heightPx: number, pixelRatio: number): void {
    const width = Math.round(widthPx * pixelRatio);
    const height = Math.round(heightPx * pixelRatio);
    if (this.#canvas.width === width && this.#canvas.height === height) return;
    this.#canvas.width = width;
    this.#canvas.height = height;
  }

  /** Clears the overlay. */
  clear(): void {
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** Draws one result over a picture of the given size; all in one go, so nothing half-drawn shows. */
  paint(pick: Pick, picture: { widthPx: number; heightPx: number }, style: PaintStyle): void {
    this.clear();
    const context = this.#context;
    const areaWidthPx = this.#canvas.clientWidth;
    const scale = areaWidthPx === 0 ? 1 : this.#canvas.width / areaWidthPx;
    context.scale(scale, scale);
    const area = containRect({
      pictureWidthPx: picture.widthPx,
      pictureHeightPx: picture.heightPx,
      areaWidthPx,
      areaHeightPx: this.#canvas.clientHeight,
    });
    context.globalAlpha = opacityAt(pick.ageMs);
    if (context.globalAlpha === 0) return;
    context.font = FONT;
    const { detections } = pick.result;
    for (const { box, classId } of detections) {
      this.#box(placeBox(box, area, style.mirror), classId);
    }
    for (const { box, classId, score } of detections) {
      const name = style.labels[classId] ?? `class ${classId}`;
      this.#label(placeBox(box, area, style.mirror), `${name} ${Math.round(score * 100)} %`, area);
    }
    if (style.showAge && pick.ageMs > 0 && detections.length > 0) this.#age(pick.ageMs, area);
  }

  #box(rect: RectPx, classId: number): void {
    const context = this.#context;
    // A dark rim keeps the colour visible on a background of the same colour.
    context.lineWidth = LINE_PX + 2;
    context.strokeStyle = "rgb(0 0 0 / 60%)";
    context.strokeRect(rect.xPx, rect.yPx, rect.widthPx, rect.heightPx);
    context.lineWidth = LINE_PX;
    context.strokeStyle = classColour(classId);
    context.strokeRect(rect.xPx, rect.yPx, rect.widthPx, rect.heightPx);
  }

  #label(rect: RectPx, text: string, area: RectPx): void {
    const widthPx = this.#context.measureText(text).width + 10;
    const heightPx = FONT_PX + 8;
    // Above the box where there is room, else inside; never outside the picture.
    const above = rect.yPx - heightPx - 2;
    const yPx = above >= area.yPx ? above : rect.yPx + 3;
    const xPx = Math.max(area.xPx, Math.min(rect.xPx - 1, area.xPx + area.widthPx - widthPx));
    this.#tag(text, { xPx, yPx, widthPx, heightPx });
  }

  #age(ageMs: number, area: RectPx): void {
    const text = `boxes ${Math.round(ageMs)} ms old`;
    const widthPx = this.#context.measureText(text).width + 10;
    const heightPx = FONT_PX + 8;
    const yPx = area.yPx + area.heightPx - heightPx - 6;
    this.#tag(text, { xPx: area.xPx + 6, yPx, widthPx, heightPx });
  }

  #tag(text: string, rect: RectPx): void {
    const context = this.#context;
    context.fillStyle = "rgb(12 12 12 / 78%)";
    context.beginPath();
    context.roundRect(rect.xPx, rect.yPx, rect.widthPx, rect.heightPx, 4);
    context.fill();
    context.fillStyle = "#fff";
    context.textBaseline = "middle";
    context.fillText(text, rect.xPx + 5, rect.yPx + rect.heightPx / 2 + 1);
  }
}
