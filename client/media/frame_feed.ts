import "../base/web_platform.ts";
import type { FrameFeed } from "../inference/detector.ts";
import type { ReadMessage } from "../inference/worker_messages.ts";
import type { FeedKind } from "./feed_choice.ts";
import { grabberOf, ShownFrames } from "./shown_frames.ts";

/** Frames kept for a consumer that is busy; beyond, the oldest goes. */
export interface FeedOptions {
  readonly bufferFrames: number;
}

type Feed = Omit<FrameFeed<ReadMessage>, "isFlowing">;

/** The frames of `track`, which `video` plays, for any number of Workers. */
export class FrameSource {
  readonly #kind: FeedKind;
  readonly #track: MediaStreamTrack;
  readonly #video: HTMLVideoElement;
  readonly #shown: ShownFrames;

  /** @param kind From `chooseFeed`. */
  constructor(kind: FeedKind, track: MediaStreamTrack, video: HTMLVideoElement) {
    this.#kind = kind;
    this.#track = track;
    this.#video = video;
    // One grab for all, so that a result is of the very frame that is shown.
    const way = kind === "video-frame" ? kind : "image-bitmap";
    this.#shown = new ShownFrames(video, grabberOf(video, way));
  }

  /** A feed for one more Worker. */
  feed(options: FeedOptions): FrameFeed<ReadMessage> {
    const track = this.#track;
    const isFlowing = () => track.readyState === "live" && !track.muted && !this.#video.paused;
    return { ...this.#make(options), isFlowing };
  }

  #make({ bufferFrames }: FeedOptions): Feed {
    if (this.#kind === "stream") return streamFeed(this.#track, bufferFrames);
    if (this.#kind === "track") return trackFeed(this.#track);
    return this.#shown.feed(bufferFrames);
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
