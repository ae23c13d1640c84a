import type { LoggedFrame } from "./detection_log.ts";

/**
 * Turns logged frames into one COCO document.
 * @param labels Names of classes in class order; further ones that occur come after them.
 * @see https://cocodataset.org/#format-data
 */
export function toCoco(
  frames: readonly LoggedFrame[],
  { labels, videoName, createdAtMs }: {
    readonly labels: readonly string[];
    readonly videoName: string;
    readonly createdAtMs: number;
  },
) {
  // From 1, as tools expect; 0 is the background to many.
  const ids = new Map(labels.map((label, index) => [label, index + 1]));
  const idOf = (label: string): number => {
    const known = ids.get(label) ?? ids.size + 1;
    ids.set(label, known);
    return known;
  };
  const annotations = frames.flatMap((frame) =>
    frame.detections.map((found) => toAnnotation(frame, found, idOf(found.label)))
  );
  return {
    info: {
      description: "Detections recorded with Peerlens",
      date_created: new Date(createdAtMs).toISOString(),
    },
    images: frames.map((frame) => toImage(frame, videoName)),
    annotations: annotations.map((annotation, index) => ({ id: index + 1, ...annotation })),
    categories: Array.from(ids, ([name, id]) => ({ id, name })),
  };
}

function toImage(frame: LoggedFrame, videoName: string) {
  const { time_s: timeS, capture_ts: captureTs } = frame;
  return {
    id: Number(frame.frame_id),
    width: frame.width_px,
    height: frame.height_px,
    // Single pictures are not kept: the video at this time, as a media fragment.
    file_name: `${videoName}#t=${timeS}`,
    date_captured: new Date(captureTs).toISOString(),
    capture_ts: captureTs,
    capture_clock: frame.capture_clock,
    time_s: timeS,
  };
}

/** `bbox`: xywh, px of the frame. `score` as in COCO's results format. */
function toAnnotation(
  { frame_id: frameId, width_px: widthPx, height_px: heightPx }: LoggedFrame,
  { score, xmin, ymin, xmax, ymax, track_id: trackId }: LoggedFrame["detections"][number],
  categoryId: number,
) {
  const width = px((xmax - xmin) * widthPx);
  const height = px((ymax - ymin) * heightPx);
  return {
    image_id: Number(frameId),
    category_id: categoryId,
    bbox: [px(xmin * widthPx), px(ymin * heightPx), width, height],
    area: px(width * height),
    iscrowd: 0,
    score,
    track_id: trackId ?? null,
  };
}

function px(value: number): number {
  return Math.round(value * 100) / 100;
}
