import type { FrameFeed } from "../inference/detector.ts";
import type { ReadMessage } from "../inference/worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";

type Post = Parameters<FrameFeed<ReadMessage>["attach"]>[0];
type Pixels = VideoFrame | ImageBitmap;

/** What is used of a video element. */
export type FrameVideo = Pick<
  HTMLVideoElement,
  "requestVideoFrameCallback" | "cancelVideoFrameCallback"
>;

/** How a shown frame is taken, and taken once more; either may fail. */
export interface Grabber {
  grab(): Promise<Pixels>;
  clone(pixels: Pixels): Promise<Pixels>;
}

interface Consumer {
  readonly maxPending: number;
  /** Posted frames that the Worker has not accepted yet. */
  pending: number;
  post: Post | null;
}

/**
 * What identifies the frame that a video element shows. Not its media time: for streams Firefox gives
 * 0 for all.
 */
export function keyOfShown(metadata: VideoFrameCallbackMetadata): FrameKey {
  const { rtpTimestamp, presentationTime } = metadata;
  return rtpTimestamp === undefined
    ? { clock: "media", value: presentationTime }
    : { clock: "rtp", value: rtpTimestamp };
}

/** Wraps what the element shows (`video-frame`), or copies it (`image-bitmap`). */
export function grabberOf(video: HTMLVideoElement, kind: "video-frame" | "image-bitmap"): Grabber {
  if (kind === "image-bitmap") {
    return { grab: () => createImageBitmap(video), clone: (pixels) => createImageBitmap(pixels) };
  }
  return {
    grab: () => new Promise((resolve) => resolve(new VideoFrame(video))),
    clone: (pixels) => Promise.resolve((pixels as VideoFrame).clone()),
  };
}

/**
 * Takes each frame that a video element shows, once for all Workers that want it and have room for
 * it, under one key.
 */
export class ShownFrames {
  readonly #video: FrameVideo;
  readonly #grabber: Grabber;
  readonly #consumers = new Set<Consumer>();
  #callback = 0;

  constructor(video: FrameVideo, grabber: Grabber) {
    this.#video = video;
    this.#grabber = grabber;
  }

  /** A feed for one more Worker; at most `maxPending` frames are on their way to it. */
  feed(maxPending: number): Omit<FrameFeed<ReadMessage>, "isFlowing"> {
    const consumer: Consumer = { maxPending, pending: 0, post: null };
    const release = () => {
      consumer.pending = Math.max(0, consumer.pending - 1);
    };
    return {
      attach: (post) => {
        consumer.pending = 0;
        consumer.post = post;
        this.#consumers.add(consumer);
        this.#watch();
      },
      detach: () => {
        consumer.post = null;
        this.#consumers.delete(consumer);
        if (this.#consumers.size === 0) this.#video.cancelVideoFrameCallback(this.#callback);
      },
      onAccepted: release,
    };
  }

  #watch(): void {
    this.#video.cancelVideoFrameCallback(this.#callback);
    this.#callback = this.#video.requestVideoFrameCallback(this.#onShown);
  }

  readonly #onShown = (_nowMs: number, metadata: VideoFrameCallbackMetadata): void => {
    this.#watch();
    const takers = [...this.#consumers].filter(({ pending, maxPending }) => pending < maxPending)
      .map((consumer) => ({ consumer, post: consumer.post }));
    if (takers.length === 0) return;
    for (const { consumer } of takers) consumer.pending += 1;
    void this.#handOut(takers, keyOfShown(metadata));
  };

  async #handOut(
    takers: readonly { readonly consumer: Consumer; readonly post: Post | null }[],
    key: FrameKey,
  ): Promise<void> {
    // A frame can be gone by now, for example while the track is replaced; the next one comes.
    const first = await this.#grabber.grab().catch(() => null);
    const frames = await Promise.all(takers.map((_taker, index) => {
      if (index === 0 || first === null) return first;
      return this.#grabber.clone(first).catch(() => null);
    }));
    for (const [index, { consumer, post }] of takers.entries()) {
      const frame = frames[index] ?? null;
      if (frame !== null && post !== null && consumer.post === post) {
        post({ kind: "frame", frame, key }, [frame]);
        continue;
      }
      frame?.close();
      if (consumer.post === post) consumer.pending = Math.max(0, consumer.pending - 1);
    }
  }
}
