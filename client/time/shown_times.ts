import type { ShownTimes } from "./capture_timeline.ts";

/** What `requestVideoFrameCallback` says, on the epoch's clock: there it is on the page's own. */
export function shownTimes(
  metadata: VideoFrameCallbackMetadata,
  timeOriginMs: number = performance.timeOrigin,
): ShownTimes {
  const { rtpTimestamp, captureTime, receiveTime, presentationTime } = metadata;
  return {
    rtpTimestamp: rtpTimestamp ?? null,
    mediaTimeMs: presentationTime,
    captureTimeMs: captureTime === undefined ? null : timeOriginMs + captureTime,
    receiveTimeMs: receiveTime === undefined ? null : timeOriginMs + receiveTime,
    shownAtMs: timeOriginMs + presentationTime,
  };
}
