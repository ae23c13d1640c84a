import "../base/web_platform.ts";
import type { FrameFeed } from "../inference/detector.ts";
import type { FrameKey } from "../inference/worker_messages.ts";
import type { FeedKind } from "./feed_choice.ts";

/** Frames that the browser keeps for a Worker that is busy; it drops the oldest beyond. */
const STREAM_BUFFER_FRAMES = 3;

/** Posted frames that the Worker has not accepted yet: one on its way, one being accepted. */
const MAX_PENDING = 2;

type Post = Parameters<FrameFeed["attach"]>[0];

/** What identifies the frame that a video element shows. */
export function keyOfShown(metadata: VideoFrameCallbackMetadata): FrameKey {
  const { rtpTimestamp, mediaTime } = metadata;
  return rtpTimestamp === undefined
    ? { clock: "media", value: mediaTime * 1000 }
    : { clock: "rtp", value: rtpTimestamp };
}

/**
 * Makes the frames of `track`, which `video` plays, available to a detector.
 * @param kind From `chooseFeed`.
 */
export function createFeed(
  kind: FeedKind,
  track: MediaStreamTrack,
  video: HTMLVideoElement,
): FrameFeed {
  const isFlowing = () => track.readyState === "live" && !track.muted && !video.paused;
  if (kind === "stream") return { ...streamFeed(track), isFlowing };
  if (kind === "track") return { ...trackFeed(track), isFlowing };
  return { ...shownFeed(video, kind === "video-frame" ? wrap : copy), isFlowing };
}

function streamFeed(track: MediaStreamTrack): Omit<FrameFeed, "isFlowing"> {
  return {
    attach(post) {
      const { readable } = new MediaStreamTrackProcessor({
        track,
        maxBufferSize: STREAM_BUFFER_FRAMES,
      });
      post({ kind: "stream", stream: readable }, [readable]);
    },
    // The Worker owns the stream: it cancels it on `stop`, and its end ends it.
    detach() {},
    onAccepted() {},
  };
}

function trackFeed(track: MediaStreamTrack): Omit<FrameFeed, "isFlowing"> {
  return {
    attach(post) {
      const clone = track.clone();
      post({ kind: "track", track: clone }, [clone as unknown as Transferable]);
    },
    detach() {},
    onAccepted() {},
  };
}

/** Posts each shown frame, unless the Worker is so far behind that it would only be replaced. */
function shownFeed(
  video: HTMLVideoElement,
  take: (video: HTMLVideoElement) => Promise<VideoFrame | ImageBitmap>,
): Omit<FrameFeed, "isFlowing"> {
  let pending = 0;
  let callback = 0;
  let current: Post | null = null;

  async function onShown(_nowMs: number, metadata: VideoFrameCallbackMetadata): Promise<void> {
    callback = video.requestVideoFrameCallback(onShown);
    const post = current;
    if (post === null || pending >= MAX_PENDING) return;
    pending += 1;
    // A frame can be gone by now, for example while the track is replaced; the next one comes.
    const frame = await take(video).catch(() => null);
    if (frame === null || current !== post) {
      frame?.close();
      pending = Math.max(0, pending - 1);
      return;
    }
    post({ kind: "frame", frame, key: keyOfShown(metadata) }, [frame]);
  }

  return {
    attach(post) {
      pending = 0;
      current = post;
      video.cancelVideoFrameCallback(callback);
      callback = video.requestVideoFrameCallback(onShown);
    },
    detach() {
      current = null;
      video.cancelVideoFrameCallback(callback);
    },
    onAccepted() {
      pending = Math.max(0, pending - 1);
    },
  };
}

function wrap(video: HTMLVideoElement): Promise<VideoFrame> {
  return new Promise((resolve) => resolve(new VideoFrame(video)));
}

function copy(video: HTMLVideoElement): Promise<ImageBitmap> {
  return createImageBitmap(video);
}
