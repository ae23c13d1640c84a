import { containRect, type RectPx } from "../present/picture_geometry.ts";

/** What a person sees on the stage: the painted canvas, a copy of it, or the plain video. */
export interface SeenPicture {
  readonly element: HTMLCanvasElement | HTMLVideoElement | ImageBitmap;
  /** Of the video, px; 0 while there is none. */
  readonly widthPx: number;
  readonly heightPx: number;
}

/** The part of the element that is picture, in the element's own pixels; without bars beside it. */
export function pictureRect({ element, widthPx, heightPx }: SeenPicture): RectPx {
  if ("videoWidth" in element) return { xPx: 0, yPx: 0, widthPx, heightPx };
  return containRect({
    pictureWidthPx: widthPx,
    pictureHeightPx: heightPx,
    areaWidthPx: element.width,
    areaHeightPx: element.height,
  });
}

/** Draws the picture as large as `context` has room, in its own shape. */
export function drawPicture(context: CanvasRenderingContext2D, seen: SeenPicture): void {
  const { canvas } = context;
  const from = pictureRect(seen);
  if (from.widthPx < 1 || from.heightPx < 1) return;
  const to = containRect({
    pictureWidthPx: from.widthPx,
    pictureHeightPx: from.heightPx,
    areaWidthPx: canvas.width,
    areaHeightPx: canvas.height,
  });
  if (to.widthPx < canvas.width - 1 || to.heightPx < canvas.height - 1) {
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  context.drawImage(
    seen.element,
    from.xPx,
    from.yPx,
    from.widthPx,
    from.heightPx,
    to.xPx,
    to.yPx,
    to.widthPx,
    to.heightPx,
  );
}

/** A canvas of the picture's size; video encoders want even numbers. */
export function canvasFor(seen: SeenPicture): CanvasRenderingContext2D {
  const { widthPx, heightPx } = pictureRect(seen);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(2, 2 * Math.round(widthPx / 2));
  canvas.height = Math.max(2, 2 * Math.round(heightPx / 2));
  return canvas.getContext("2d", { alpha: false })!;
}

/** The picture of now as a PNG. @throws {Error} If there is none. */
export async function takeSnapshot(seen: SeenPicture): Promise<Blob> {
  const context = canvasFor(seen);
  drawPicture(context, seen);
  const blob = await new Promise<Blob | null>((resolve) => context.canvas.toBlob(resolve));
  if (blob === null) throw new Error("Cannot write PNG: the browser gives none");
  return blob;
}
