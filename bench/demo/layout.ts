/** A rectangle of the video, px from its top left corner. */
export interface Place {
  readonly xPx: number;
  readonly yPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** The video's own size. */
export const VIDEO = { widthPx: 1920, heightPx: 1080 } as const;

/** Both pages are in it pixel by pixel, so that their letters stay sharp. */
export const PHONE: Place = { xPx: 30, yPx: 30, widthPx: 390, heightPx: 844 };
export const VIEWER: Place = { xPx: 450, yPx: 30, widthPx: 1440, heightPx: 900 };

/** Below the pages: their names, and the caption. */
export const NAMES: Place = { xPx: 30, yPx: 892, widthPx: 390, heightPx: 40 };
export const CAPTION: Place = { xPx: 30, yPx: 950, widthPx: 1860, heightPx: 110 };
