import "../base/web_platform.ts";
import type { FrameFeed } from "../inference/detector.ts";
import type { ReadMessage } from "../inference/worker_messages.ts";
import { frameCallbacksOf } from "./frame_callbacks.ts";
import { grabbersOf, ShownFrames } from "./shown_frames.ts";

/** Frames kept for a consumer that is busy; beyond, the oldest goes. */
export interface FeedOptions {
  readonly bufferFrames: number;
}

/**
 * How frames can be had from a playing track, the way that copies least first. `stream`: a stream of
 * frames made on the page and transferred (Chromium). `track`: the track is transferred and the Worker
 * makes the stream (Safari 18). `shown`: each frame that the video element shows is taken and posted
 * (Firefox, older Safari).
 */
export type FeedKind = "stream" | "track" | "shown";

/** How a Worker is given frames. */
type Feed = Pick<FrameFeed<ReadMessage>, "attach" | "detach" | "onAccepted">;
type Post = Parameters<Feed["attach"]>[0];

/** What a source is made of, and whom it tells. */
export interface FrameSourceOptions {
  readonly kind: FeedKind;
  readonly track: MediaStreamTrack;
  /** Plays the track. */
  readonly video: HTMLVideoElement;
  /** What `shown` takes frames by. */
  readonly shown: ShownFrames;
}

/**
 * The frames of `track`, which `video` plays, in the best way that this browser has.
 * @param onFailed No way gives any. A sentence for the screen.
 */
export function frameSourceOf(
  track: MediaStreamTrack,
  video: HTMLVideoElement,
  onFailed: (message: string) => void,
): FrameSource {
  // One grab for all, so that a result is of the very frame that is shown.
  const shown = new ShownFrames(frameCallbacksOf(video), grabbersOf(video), onFailed);
  return new FrameSource({ kind: kindFor(track), track, video, shown });
}

/**
 * A track that can be transferred is worth a try: only Workers know whether they have a processor for it.
 * Safari's have, those of WebKitGTK have not.
 */
function kindFor(track: MediaStreamTrack): FeedKind {
  if ("MediaStreamTrackProcessor" in globalThis) return "stream";
  return canTransfer(track) ? "track" : "shown";
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

/** The frames of one track, for any number of Workers. */
export class FrameSource {
  readonly #options: FrameSourceOptions;
  #kind: FeedKind;

  constructor(options: FrameSourceOptions) {
    this.#options = options;
    this.#kind = options.kind;
  }

  /** A feed for one more Worker. */
  feed(options: FeedOptions): FrameFeed<ReadMessage> {
    const { track, video, shown } = this.#options;
    let post: Post | null = null;
    let kind = this.#kind;
    let feed = this.#make(options);
    return {
      attach(next) {
        post = next;
        feed.attach(post);
      },
      detach() {
        post = null;
        feed.detach();
      },
      onAccepted: () => feed.onAccepted(),
      onUnreadable: () => {
        if (post === null || kind === "shown") return;
        this.#kind = "shown";
        kind = this.#kind;
        feed = this.#make(options);
        feed.attach(post);
      },
      isFlowing: () =>
        track.readyState === "live" && !track.muted && !video.paused &&
        !(kind === "shown" && shown.hasFailed),
    };
  }

  #make({ bufferFrames }: FeedOptions): Feed {
    const { track, shown } = this.#options;
    if (this.#kind === "stream") return streamFeed(track, bufferFrames);
    if (this.#kind === "track") return trackFeed(track);
    return shown.feed(bufferFrames);
  }
}

function streamFeed(track: MediaStreamTrack, maxBufferSize: number): Feed {
  return {
    attach(post) {
      const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize });
      post({ kind: "stream", stream: readable }, [readable]);
    },
    // The Worker owns the stream: it cancels it on `stop`, and its end ends it.
    detach() {},
    onAccepted() {},
  };
}

function trackFeed(track: MediaStreamTrack): Feed {
  return {
    attach(post) {
      const clone = track.clone();
      post({ kind: "track", track: clone }, [clone as unknown as Transferable]);
    },
    detach() {},
    onAccepted() {},
  };
}
