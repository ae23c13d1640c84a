/** How frames can be had from a playing track, the best first. */
export const FEED_KINDS = ["stream", "track", "video-frame", "image-bitmap"] as const;

/**
 * `stream`: a stream of frames made on the page and transferred (Chromium). `track`: the track is
 * transferred and the Worker makes the stream (Safari 18). `video-frame`: each shown frame is wrapped
 * and posted (Firefox, older Safari). `image-bitmap`: each shown frame is copied and posted.
 */
export type FeedKind = (typeof FEED_KINDS)[number];

/** What a browser offers, found by looking and not by name. */
export interface FeedFacts {
  /** `MediaStreamTrackProcessor` exists on the page. */
  readonly hasTrackProcessor: boolean;
  /** A `MediaStreamTrack` can be posted to a Worker. */
  readonly canTransferTrack: boolean;
  readonly hasVideoFrame: boolean;
}

/** Chooses the way that copies least. */
export function chooseFeed(facts: FeedFacts): FeedKind {
  if (facts.hasTrackProcessor) return "stream";
  if (facts.canTransferTrack) return "track";
  return facts.hasVideoFrame ? "video-frame" : "image-bitmap";
}

/**
 * Looks at what this browser offers. Where the processor is missing on the page but tracks can be
 * transferred, the Worker has one: only Safari transfers tracks without a flag, and it does so for
 * exactly this use.
 */
export function readFeedFacts(track: MediaStreamTrack): FeedFacts {
  const hasTrackProcessor = "MediaStreamTrackProcessor" in globalThis;
  return {
    hasTrackProcessor,
    canTransferTrack: !hasTrackProcessor && canTransfer(track),
    hasVideoFrame: "VideoFrame" in globalThis,
  };
}

function canTransfer(track: MediaStreamTrack): boolean {
  const clone = track.clone();
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(clone, [clone as unknown as Transferable]);
    return true;
  } catch {
    clone.stop();
    return false;
  } finally {
    port1.close();
    port2.close();
  }
}
