import type { LabelledDetection } from "@/protocol";
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
  /** Room for the text up to the picture's other side, px. */
  readonly textRoomPx: number;
}

/** Height of a text, px; the same as in `phone.css`. */
const TEXT_PX = 22;

/** What boxes are placed in. */
export interface PreviewPicture {
  /** Size as it is shown, px. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** As the front camera's is shown. */
  readonly isMirrored: boolean;
  /** Class ids by label, for the colours that viewers have. */
  readonly classIds: ReadonlyMap<string, number>;
}

/** A label that is in no model known here; somewhere beyond the classes that are. */
const FIRST_UNKNOWN = 1_000;
const UNKNOWN_COLOURS = 97;

/** Places detections in a picture. */
export function previewBoxes(
  detections: readonly LabelledDetection[],
  { widthPx, heightPx, isMirrored, classIds }: PreviewPicture,
): PreviewBox[] {
  const picture = { xPx: 0, yPx: 0, widthPx, heightPx };
  return detections.map((detection, index) => {
    const { label, score, track_id: trackId } = detection;
    const rect = placeBox(detection, picture, isMirrored);
    const isTextAtRight = rect.xPx + rect.widthPx / 2 > widthPx / 2;
    return {
      ...rect,
      key: trackId == null ? `place ${index}` : `track ${trackId}`,
      text: `${label} ${Math.round(score * 100)} %`,
      colour: classColour(classIds.get(label) ?? numberOf(label)),
      isTextInside: rect.yPx < TEXT_PX,
      isTextAtRight,
      textRoomPx: isTextAtRight ? rect.xPx + rect.widthPx : widthPx - rect.xPx,
    };
  });
}

/** Always the same for the same name. */
function numberOf(label: string): number {
  let sum = 0;
  for (let at = 0; at < label.length; at++) {
    sum = (sum * 31 + label.charCodeAt(at)) % UNKNOWN_COLOURS;
  }
  return FIRST_UNKNOWN + sum;
}

/** Class ids by label over all models; where they differ, the first model's. */
export function classIdsOf(
  models: readonly { readonly labels: readonly string[] }[],
): ReadonlyMap<string, number> {
  const classIds = new Map<string, number>();
  for (const { labels } of models) {
    for (const [classId, label] of labels.entries()) {
      if (!classIds.has(label)) classIds.set(label, classId);
    }
  }
  return classIds;
}
