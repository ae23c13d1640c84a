/** A rectangle in CSS pixels of the area. */
export interface RectPx {
  readonly xPx: number;
  readonly yPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Two sizes: of the picture, and of the area that it is fitted into. */
export interface FitSizes {
  readonly pictureWidthPx: number;
  readonly pictureHeightPx: number;
  readonly areaWidthPx: number;
  readonly areaHeightPx: number;
}

/** Where CSS `object-fit: contain` puts a picture in its area. An empty picture gets no area. */
export function containRect(sizes: FitSizes): RectPx {
  const { pictureWidthPx, pictureHeightPx, areaWidthPx, areaHeightPx } = sizes;
  const scale = Math.min(areaWidthPx / pictureWidthPx, areaHeightPx / pictureHeightPx);
  if (!Number.isFinite(scale)) return { xPx: 0, yPx: 0, widthPx: 0, heightPx: 0 };
  const widthPx = pictureWidthPx * scale;
  const heightPx = pictureHeightPx * scale;
  return {
    xPx: (areaWidthPx - widthPx) / 2,
    yPx: (areaHeightPx - heightPx) / 2,
    widthPx,
    heightPx,
  };
}

/** A box in [0, 1] of the picture (xyxy) → pixels of the area; `mirror` flips it left to right. */
export function placeBox(
  box: { xmin: number; ymin: number; xmax: number; ymax: number },
  picture: RectPx,
  mirror: boolean,
): RectPx {
  const left = mirror ? 1 - box.xmax : box.xmin;
  return {
    xPx: picture.xPx + left * picture.widthPx,
    yPx: picture.yPx + box.ymin * picture.heightPx,
    widthPx: (box.xmax - box.xmin) * picture.widthPx,
    heightPx: (box.ymax - box.ymin) * picture.heightPx,
  };
}

/** Between a box and the text above it, px. */
const TAG_GAP_PX = 2;

/**
 * Where the text at a box goes: above it where there is room, else in it, and never beyond the picture.
 * A text that is wider than the picture is squeezed into it.
 */
export function placeTag(
  box: RectPx,
  tag: Pick<RectPx, "widthPx" | "heightPx">,
  picture: RectPx,
): RectPx {
  const widthPx = Math.min(tag.widthPx, picture.widthPx);
  const heightPx = Math.min(tag.heightPx, picture.heightPx);
  const above = box.yPx - heightPx - TAG_GAP_PX;
  const wantedPx = above >= picture.yPx ? above : box.yPx + TAG_GAP_PX + 1;
  return {
    xPx: within(box.xPx - 1, picture.xPx, picture.xPx + picture.widthPx - widthPx),
    yPx: within(wantedPx, picture.yPx, picture.yPx + picture.heightPx - heightPx),
    widthPx,
    heightPx,
  };
}

/** Between two texts one below the other, px. */
const STACK_GAP_PX = 1;

/** Puts a text below those that it would hide; where no room is left for it, it stays. */
export function stackTag(tag: RectPx, taken: readonly RectPx[], picture: RectPx): RectPx {
  let yPx = tag.yPx;
  // Each step goes further down, so that it ends.
  let hidden: RectPx | undefined;
  do {
    hidden = taken.find((other) => overlap({ ...tag, yPx }, other));
    if (hidden !== undefined) yPx = hidden.yPx + hidden.heightPx + STACK_GAP_PX;
  } while (hidden !== undefined);
  return yPx + tag.heightPx <= picture.yPx + picture.heightPx ? { ...tag, yPx } : tag;
}

function overlap(a: RectPx, b: RectPx): boolean {
  return a.xPx < b.xPx + b.widthPx && b.xPx < a.xPx + a.widthPx &&
    a.yPx < b.yPx + b.heightPx && b.yPx < a.yPx + a.heightPx;
}

function within(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
