import type { LabelledDetection } from "@/protocol";
import { classColour } from "../present/class_colour.ts";
import { placeBox, placeTag, type RectPx, stackTag } from "../present/picture_geometry.ts";

/** One box over the phone's own picture, px from the picture's corner. */
export interface PreviewBox extends RectPx {
  /** Tells boxes apart while they move. */
  readonly key: string;
  readonly text: string;
  readonly colour: string;
  /** Where its text goes. */
  readonly tag: RectPx;
}

/** Height of a text, and the room at its sides, px; the same as in `phone.css`. */
const TAG_PX = 22;
const TAG_PADDING_PX = 5;

/** What boxes are placed in. */
export interface PreviewPicture {
  /** Size as it is shown, px. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** As the front camera's is shown. */
  readonly isMirrored: boolean;
  /** Class ids by label, for the colours that viewers have. */
  readonly classIds: ReadonlyMap<string, number>;
  /** How wide a text is, px. */
  measure(text: string): number;
}

/** A label that is in no model known here; somewhere beyond the classes that are. */
const FIRST_UNKNOWN = 1_000;
const UNKNOWN_COLOURS = 97;

/** Places detections in a picture. */
export function previewBoxes(
  detections: readonly LabelledDetection[],
  { widthPx, heightPx, isMirrored, classIds, measure }: PreviewPicture,
): PreviewBox[] {
  const picture = { xPx: 0, yPx: 0, widthPx, heightPx };
  const tags: RectPx[] = [];
  return detections.map((detection, index) => {
    const { label, score, track_id: trackId } = detection;
    const rect = placeBox(detection, picture, isMirrored);
    const text = `${label} ${Math.round(score * 100)} %`;
    const size = { widthPx: measure(text) + 2 * TAG_PADDING_PX, heightPx: TAG_PX };
    const tag = stackTag(placeTag(rect, size, picture), tags, picture);
    tags.push(tag);
    return {
      ...rect,
      key: trackId == null ? `place ${index}` : `track ${trackId}`,
      text,
      colour: classColour(classIds.get(label) ?? numberOf(label)),
      tag,
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
