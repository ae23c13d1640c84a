import type { FrameFeed } from "../inference/detector.ts";
import type { ReadMessage } from "../inference/worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { FeedOptions } from "../media/frame_feed.ts";
import type { FrameFeeds } from "../rtc/relay.ts";

type Post = Parameters<FrameFeed<ReadMessage>["attach"]>[0];

/** What a frame is handed over as. */
export type Pixels = VideoFrame | ImageBitmap;

interface Consumer {
  readonly maxPending: number;
  /** Posted frames that the Worker has not accepted yet. */
  pending: number;
  post: Post;
}

/** A picture that stands still for this long is not coming. */
const FLOWING_MS = 2_000;

/** Hands each frame to every Worker that wants it and has room for it, under one key. */
export class FramePosts implements FrameFeeds {
  readonly #nowMs: () => number;
  readonly #consumers = new Set<Consumer>();
  #lastMs = -Infinity;

  /** @param nowMs Ms on a clock that does not go backwards. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** See {@linkcode FrameFeeds.feed}. */
  feed({ bufferFrames }: FeedOptions): FrameFeed<ReadMessage> {
    let consumer: Consumer | null = null;
    const detach = () => {
      if (consumer !== null) this.#consumers.delete(consumer);
      consumer = null;
    };
    return {
      attach: (post) => {
        detach();
        consumer = { maxPending: bufferFrames, pending: 0, post };
        this.#consumers.add(consumer);
      },
      detach,
      onAccepted() {
        if (consumer !== null) consumer.pending = Math.max(0, consumer.pending - 1);
      },
      onUnreadable() {},
      isFlowing: () => this.#nowMs() - this.#lastMs < FLOWING_MS,
    };
  }

  /** Takes the next frame, which stays the caller's to close. @param clone Makes one more of it. */
  async post<T extends Pixels>(
    pixels: T,
    key: FrameKey,
    clone: (pixels: T) => Promise<Pixels>,
  ): Promise<void> {
    this.#lastMs = this.#nowMs();
    const takers = [...this.#consumers].filter(({ pending, maxPending }) => pending < maxPending);
    for (const taker of takers) taker.pending += 1;
    const copies = await Promise.all(takers.map(() => clone(pixels).catch(() => null)));
    for (const [index, taker] of takers.entries()) {
      const frame = copies[index]!;
      if (frame !== null && this.#consumers.has(taker)) {
        taker.post({ kind: "frame", frame, key }, [frame]);
        continue;
      }
      frame?.close();
      taker.pending = Math.max(0, taker.pending - 1);
    }
  }
}
