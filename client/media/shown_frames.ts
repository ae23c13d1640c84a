import type { FrameFeed } from "../inference/detector.ts";
import type { ReadMessage } from "../inference/worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { FrameCallbacks } from "./frame_callbacks.ts";

type Feed = Pick<FrameFeed<ReadMessage>, "attach" | "detach" | "onAccepted">;
type Post = Parameters<Feed["attach"]>[0];
type Pixels = VideoFrame | ImageBitmap;

/** How a shown frame is taken, and taken once more; either may fail. */
export interface Grabber {
  grab(): Promise<Pixels>;
  clone(pixels: Pixels): Promise<Pixels>;
}

/** So many frames in a row that cannot be taken, and the way is of no use; one may be gone by the time. */
const MAX_FAILURES = 10;

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

/** The ways to take what the element shows, the one that copies least first. */
export function grabbersOf(video: HTMLVideoElement): Grabber[] {
  const wrapped: Grabber = {
    grab: () => new Promise((resolve) => resolve(new VideoFrame(video))),
    clone: (pixels) => Promise.resolve((pixels as VideoFrame).clone()),
  };
  const copied: Grabber = {
    grab: () => createImageBitmap(video),
    clone: (pixels) => createImageBitmap(pixels),
  };
  return "VideoFrame" in globalThis ? [wrapped, copied] : [copied];
}

/**
 * Takes each frame that a video element shows, once for all Workers that want it and have room for
 * it, under one key.
 */
export class ShownFrames {
  readonly #video: FrameCallbacks;
  /** Those that have not failed yet. */
  readonly #grabbers: Grabber[];
  readonly #onFailed: (message: string) => void;
  readonly #consumers = new Set<Consumer>();
  #callback = 0;
  /** In a row, of the grabber in use. */
  #failures = 0;

  /**
   * @param grabbers Tried one after another.
   * @param onFailed None of them takes a frame. A sentence for the screen.
   */
  constructor(
    video: FrameCallbacks,
    grabbers: readonly Grabber[],
    onFailed: (message: string) => void,
  ) {
    this.#video = video;
    this.#grabbers = [...grabbers];
    this.#onFailed = onFailed;
  }

  /** No frame will come any more. */
  get hasFailed(): boolean {
    return this.#grabbers.length === 0;
  }

  /** A feed for one more Worker; at most `maxPending` frames are on their way to it. */
  feed(maxPending: number): Feed {
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
    if (this.hasFailed) return;
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
    const grabber = this.#grabbers[0];
    const first = await this.#take(grabber);
    const frames = await Promise.all(takers.map((_taker, index) => {
      if (index === 0 || first === null) return first;
      return grabber!.clone(first).catch(() => null);
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

  async #take(grabber: Grabber | undefined): Promise<Pixels | null> {
    if (grabber === undefined) return null;
    try {
      const pixels = await grabber.grab();
      if (grabber === this.#grabbers[0]) this.#failures = 0;
      return pixels;
    } catch (error) {
      // A frame can be gone by now, for example while the track is replaced; the next one comes.
      if (grabber === this.#grabbers[0] && ++this.#failures >= MAX_FAILURES) this.#giveUp(error);
      return null;
    }
  }

  #giveUp(error: unknown): void {
    this.#failures = 0;
    this.#grabbers.shift();
    if (!this.hasFailed) return;
    this.#video.cancelVideoFrameCallback(this.#callback);
    const cause = error instanceof Error ? error.message : String(error);
    this.#onFailed(`This browser shows the video and gives no page its frames (${cause}).`);
  }
}
