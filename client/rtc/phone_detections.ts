import { type LabelledDetection, MAX_PHONE_DETECTIONS, MAX_TIMING_CHARS } from "@/protocol";

/** A ten-thousandth of the picture is less than a pixel of any phone's preview. */
const DIGITS = 1e4;

/**
 * The detections as a phone is shown them: in the given order, the first so many, and no more than
 * fit into one message. Movement is left out: they are drawn as they come.
 */
export function phoneDetections(detections: readonly LabelledDetection[]): LabelledDetection[] {
  const fit: LabelledDetection[] = [];
  // The rest of the message needs less than this.
  let chars = 100;
  for (const detection of detections.slice(0, MAX_PHONE_DETECTIONS)) {
    const { label, score, xmin, ymin, xmax, ymax } = detection;
    const short = {
      label,
      score: round(score),
      xmin: round(xmin),
      ymin: round(ymin),
      xmax: round(xmax),
      ymax: round(ymax),
      "track_id": detection.track_id ?? null,
    };
    chars += JSON.stringify(short).length + 1;
    if (chars > MAX_TIMING_CHARS) break;
    fit.push(short);
  }
  return fit;
}

function round(share: number): number {
  return Math.round(share * DIGITS) / DIGITS;
}
