import type { TrackedDetection } from "@/vision";
import type { PresentResult } from "../../inference/worker_messages.ts";

/** A detection whose box is a square of a fifth of the picture around `centre`. */
export function found(
  centre: number,
  { trackId = null, velocity = null, classId = 0, score = 0.9 }: Partial<TrackedDetection> = {},
): TrackedDetection {
  return {
    box: { xmin: centre - 0.1, ymin: 0.4, xmax: centre + 0.1, ymax: 0.6 },
    classId,
    score,
    trackId,
    velocity,
  };
}

/** Movement to the right, shares of the picture per second. */
export function moving(x: number) {
  return { x, y: 0, width: 0, height: 0 };
}

/** A result of the frame with this RTP timestamp. */
export function resultOf(
  rtp: number | null,
  detections: readonly TrackedDetection[] = [],
  weak: readonly TrackedDetection[] = [],
): PresentResult {
  const key = rtp === null ? null : { clock: "rtp", value: rtp } as const;
  return { key, detections, weak, trackEpoch: 1 };
}
