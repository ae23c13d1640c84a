import type { WireDetection } from "@/protocol";
import { classColour } from "../present/class_colour.ts";
import { placeBox, type RectPx } from "../present/picture_geometry.ts";

/** One box over the phone's own picture, px from the picture's corner. */
export interface PreviewBox extends RectPx {
  /** Tells boxes apart while they move. */
  readonly key: string;
  readonly text: string;
  readonly colour: string;
  /** Where the text has room: over the box or in it, and at which of its sides it begins. */
  readonly isTextInside: boolean;
  readonly isTextAtRight: boolean;
}

/** Height of a text, px; the same as in `phone.css`. */
const TEXT_PX = 22;

/** Different names get different colours, as far as there are so many that can be told apart. */
const COLOURS = 97;

/** Places detections in a picture of this size; the front camera's is shown mirrored. */
export function previewBoxes(
  detections: readonly WireDetection[],
  { widthPx, heightPx, isMirrored }: {
    widthPx: number;
    heightPx: number;
    isMirrored: boolean;
  },
): PreviewBox[] {
  const picture = { xPx: 0, yPx: 0, widthPx, heightPx };
  return detections.map((detection, index) => {
    const { label, score, track_id: trackId } = detection;
    const rect = placeBox(detection, picture, isMirrored);
    return {
      ...rect,
      key: trackId == null ? `place ${index}` : `track ${trackId}`,
      text: `${label} ${Math.round(score * 100)} %`,
      colour: classColour(numberOf(label)),
      isTextInside: rect.yPx < TEXT_PX,
      isTextAtRight: rect.xPx + rect.widthPx / 2 > widthPx / 2,
    };
  });
}

/** Always the same for the same name. */
function numberOf(label: string): number {
  let sum = 0;
  for (let at = 0; at < label.length; at++) sum = (sum * 31 + label.charCodeAt(at)) % COLOURS;
  return sum;
}
