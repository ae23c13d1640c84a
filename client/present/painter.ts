import type { BoxList, DrawnBox } from "./box_list.ts";
import { classColour } from "./class_colour.ts";
import type { Pixels } from "./frame_ring.ts";
import { containRect, placeBox, placeTag, type RectPx, stackTag } from "./picture_geometry.ts";
import type { PresentStyle } from "./present_messages.ts";
import { TagTexts } from "./tag_texts.ts";

/** Size of the area on the page in CSS pixels, and device pixels per CSS pixel. */
export interface AreaSize {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixelRatio: number;
}

/** How boxes are drawn. `bold`: as found. `broken`: at a place that was worked out. */
export type Stroke = "bold" | "broken";

/** Beside the picture; the same as of the stage in `client/viewer/viewer.css`. */
const BAR_COLOUR = "#0b0d10";

const LINE_PX = 3;
const FONT_PX = 14;
const FONT = `600 ${FONT_PX}px system-ui, sans-serif`;
const TAG_PADDING_PX = 5;

/** A pixel of the screen that the picture covers but for so much of it is whole: sums are rounded. */
const EDGE_PX = 0.01;

/** Strokes and gaps along a broken line, px. A thin line goes through the gaps. */
const DASH_PX = [10, 7];
const NO_DASH: number[] = [];

/** Paints a frame and its boxes together, so that no moment shows one without the other. */
export class Painter {
  readonly #canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #texts: TagTexts;
  /** Where this painting's texts are so far. */
  readonly #tags: RectPx[] = [];
  readonly #onDrawn: (isCanvas: boolean, tookMs: number) => void;
  #area: AreaSize = { widthPx: 0, heightPx: 0, pixelRatio: 1 };
  #style: PresentStyle = { labels: [], mirror: false, isClean: false };
  #picture: RectPx = { xPx: 0, yPx: 0, widthPx: 0, heightPx: 0 };

  /**
   * @param onDrawn Told how long drawing a frame, or its canvas, took.
   * @throws {Error} If the canvas cannot be painted on here.
   */
  constructor(canvas: OffscreenCanvas, onDrawn: (isCanvas: boolean, tookMs: number) => void) {
    this.#onDrawn = onDrawn;
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("This browser cannot draw over video.");
    this.#canvas = canvas;
    this.#context = context;
    this.#texts = new TagTexts((text) => {
      context.font = FONT;
      return context.measureText(text).width;
    });
  }

  /** Matches the canvas to its area. What was painted is gone. */
  resize(area: AreaSize): void {
    this.#area = area;
    this.#canvas.width = Math.max(1, Math.round(area.widthPx * area.pixelRatio));
    this.#canvas.height = Math.max(1, Math.round(area.heightPx * area.pixelRatio));
    this.clear();
  }

  /** Applies from the next painting on. */
  setStyle(style: PresentStyle): void {
    if (style.labels !== this.#style.labels) this.#texts.setLabels(style.labels);
    this.#style = style;
  }

  /** Paints no picture at all. */
  clear(): void {
    const context = this.#context;
    // Ends what `#clip` began.
    context.restore();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = BAR_COLOUR;
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#picture = { xPx: 0, yPx: 0, widthPx: 0, heightPx: 0 };
  }

  /**
   * Paints a frame with its boxes.
   * @param canvas The frame's pixels once more, where these are to be drawn in its place.
   * @throws {DOMException} If the frame cannot be read.
   */
  paint(
    pixels: Pixels,
    boxes: BoxList,
    stroke: Stroke,
    canvas: OffscreenCanvas | null = null,
  ): void {
    const context = this.#context;
    const { pixelRatio } = this.#area;
    this.#place(pixels);
    const { xPx, yPx, widthPx, heightPx } = this.#picture;
    if (this.#style.mirror) {
      context.setTransform(-pixelRatio, 0, 0, pixelRatio, this.#canvas.width, 0);
    } else {
      context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
    }
    context.globalAlpha = 1;
    const startMs = performance.now();
    context.drawImage(canvas ?? pixels, xPx, yPx, widthPx, heightPx);
    this.#onDrawn(canvas !== null, performance.now() - startMs);
    context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
    for (let index = 0; index < boxes.length; index++) this.#box(boxes.at(index), stroke);
    this.#tags.length = 0;
    for (let index = 0; index < boxes.length; index++) this.#label(boxes.at(index));
    context.globalAlpha = 1;
  }

  /** Finds where the picture goes; the bars beside it are painted only when that changes. */
  #place(pixels: Pixels): void {
    const isFrame = "displayWidth" in pixels;
    const picture = containRect({
      pictureWidthPx: isFrame ? pixels.displayWidth : pixels.width,
      pictureHeightPx: isFrame ? pixels.displayHeight : pixels.height,
      areaWidthPx: this.#area.widthPx,
      areaHeightPx: this.#area.heightPx,
    });
    const { xPx, yPx, widthPx } = this.#picture;
    if (picture.xPx === xPx && picture.yPx === yPx && picture.widthPx === widthPx) return;
    this.clear();
    this.#picture = picture;
    this.#clip();
  }

  /**
   * Keeps strokes out of the bars, which are not painted again. Whole pixels only: where the picture
   * covers a part of one, what was painted there would stay. Once per place, for it costs no more.
   */
  #clip(): void {
    const context = this.#context;
    const { xPx, yPx, widthPx, heightPx } = this.#picture;
    const { pixelRatio } = this.#area;
    const left = Math.ceil(xPx * pixelRatio - EDGE_PX);
    const top = Math.ceil(yPx * pixelRatio - EDGE_PX);
    const right = Math.floor((xPx + widthPx) * pixelRatio + EDGE_PX);
    const bottom = Math.floor((yPx + heightPx) * pixelRatio + EDGE_PX);
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
  }

  #box(box: DrawnBox, stroke: Stroke): void {
    const context = this.#context;
    const { xPx, yPx, widthPx, heightPx } = placeBox(box, this.#picture, this.#style.mirror);
    context.globalAlpha = box.opacity;
    // A dark rim keeps the colour visible on a background of the same colour.
    context.lineWidth = LINE_PX + 2;
    context.strokeStyle = "rgb(0 0 0 / 60%)";
    context.strokeRect(xPx, yPx, widthPx, heightPx);
    context.strokeStyle = classColour(box.classId);
    if (stroke === "broken") {
      context.lineWidth = 1;
      context.strokeRect(xPx, yPx, widthPx, heightPx);
      context.setLineDash(DASH_PX);
    }
    context.lineWidth = LINE_PX;
    context.strokeRect(xPx, yPx, widthPx, heightPx);
    if (stroke === "broken") context.setLineDash(NO_DASH);
  }

  #label(box: DrawnBox): void {
    const context = this.#context;
    const rect = placeBox(box, this.#picture, this.#style.mirror);
    const { text, widthPx: textWidthPx } = this.#texts.of(box);
    const size = { widthPx: textWidthPx + 2 * TAG_PADDING_PX, heightPx: FONT_PX + 8 };
    const wanted = placeTag(rect, size, this.#picture);
    const tag = stackTag(wanted, this.#tags, this.#picture);
    const { xPx, yPx, widthPx, heightPx } = tag;
    this.#tags.push(tag);
    context.globalAlpha = box.opacity;
    context.font = FONT;
    context.textBaseline = "middle";
    context.fillStyle = "rgb(12 12 12 / 78%)";
    context.beginPath();
    context.roundRect(xPx, yPx, widthPx, heightPx, 4);
    context.fill();
    context.fillStyle = "#fff";
    const roomPx = widthPx - 2 * TAG_PADDING_PX;
    context.fillText(text, xPx + TAG_PADDING_PX, yPx + heightPx / 2 + 1, Math.max(1, roomPx));
  }
}
