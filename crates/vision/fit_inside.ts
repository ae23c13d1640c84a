// This module is browser compatible.

import type { SizePx } from "./spec.ts";

/**
 * The largest size of the source's aspect ratio that fits into `bounds`: never larger than the source,
 * never below 1 px.
 *
 * Sides that shrink become even where that leaves at least 2 px. JPEG halves its chroma each way, and
 * an odd side would give its last column or row of chroma half a sample to stand for. The aspect ratio
 * is off by up to a pixel for it, which boxes, normalised to each side, do not notice.
 *
 * All four numbers must be at least 1.
 */
export function fitInside(source: SizePx, bounds: SizePx): SizePx {
  const gain = Math.min(bounds.widthPx / source.widthPx, bounds.heightPx / source.heightPx);
  if (gain >= 1) return { widthPx: source.widthPx, heightPx: source.heightPx };
  return {
    widthPx: fitSide(source.widthPx * gain, bounds.widthPx),
    heightPx: fitSide(source.heightPx * gain, bounds.heightPx),
  };
}

/** The even number nearest to `px` that is at most `limit`; 1 where there is none but 0. */
function fitSide(px: number, limit: number): number {
  const most = Math.floor(limit / 2) * 2;
  return Math.max(1, Math.min(Math.round(px / 2) * 2, most));
}
