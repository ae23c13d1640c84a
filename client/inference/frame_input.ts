import "../base/web_platform.ts";
import { epochMs } from "../base/epoch.ts";
import { NewestSlot } from "./newest_slot.ts";
import type { FeedMessage, FrameKey } from "./worker_messages.ts";

/** A frame on its way into work, with what ties its result to it. */
export class InputFrame {
  readonly pixels: VideoFrame | ImageBitmap;
  readonly key: FrameKey | null;
  /** When it came from the camera's stream, ms since the epoch. */
  readonly receivedAtMs = epochMs();

  constructor(pixels: VideoFrame | ImageBitmap, key: FrameKey | null) {
    this.pixels = pixels;
    this.key = key;
  }

  /** Gives the pixels back to the decoder. */
  close(): void {
    this.pixels.close();
  }
}

/** The key that the browser itself puts on a received frame, where it does. */
export function rtpKeyOf(frame: VideoFrame): FrameKey | null {
  const rtpTimestamp = frame.metadata?.().rtpTimestamp;
  return rtpTimestamp === undefined ? null : { clock: "rtp", value: rtpTimestamp };
}

/** The frames of one Worker: whichever way they come, the newest waits in {@linkcode FrameIntake.slot}. */
export class FrameIntake {
  readonly slot = new NewestSlot<InputFrame>();
  readonly #onAccepted: () => void;
  readonly #onFrame: () => void;
  #reader: ReadableStreamDefaultReader<VideoFrame> | null = null;
  /** A copy of the page's, and this Worker's to end. */
  #track: MediaStreamTrack | null = null;

  /**
   * @param events `onAccepted`: a posted frame is in the slot, so that another may be posted.
   * `onFrame`: a frame waits; called for every one.
   */
  constructor({ onAccepted, onFrame }: { onAccepted: () => void; onFrame: () => void }) {
    this.#onAccepted = onAccepted;
    this.#onFrame = onFrame;
  }

  /** Takes a frame, follows a stream to its end, or leaves the present one. */
  async handle(message: FeedMessage): Promise<void> {
    switch (message.kind) {
      case "frame":
        this.#offer(new InputFrame(message.frame, message.key));
        return this.#onAccepted();
      case "stream":
        return await this.#follow(message.stream);
      case "track": {
        const { track } = message;
        const { readable } = new MediaStreamTrackProcessor({ track });
        return await this.#follow(readable, track);
      }
      case "stop":
        await this.#leave();
        return this.slot.clear();
    }
  }

  async #follow(
    stream: ReadableStream<VideoFrame>,
    track: MediaStreamTrack | null = null,
  ): Promise<void> {
    await this.#leave();
    this.#track = track;
    const reader = stream.getReader();
    this.#reader = reader;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.#offer(new InputFrame(value, rtpKeyOf(value)));
    }
  }

  #offer(frame: InputFrame): void {
    this.slot.offer(frame);
    this.#onFrame();
  }

  async #leave(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    this.#track?.stop();
    this.#track = null;
    await reader?.cancel().catch(() => undefined);
  }
}
