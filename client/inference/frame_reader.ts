import "../base/web_platform.ts";
import { epochMs } from "../base/epoch.ts";
import type { PortLike } from "../base/worker_handle.ts";
import type { PostedFrame, ReadMessage } from "./worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";

/** A frame on its way, with what ties its result to it. */
export class InputFrame {
  readonly pixels: VideoFrame | ImageBitmap;
  readonly key: FrameKey | null;
  /** When it came from the camera's stream, ms since the epoch. */
  readonly receivedAtMs: number;
  /** Where it was asked for; `null`: it was read here. */
  readonly port: PortLike | null;

  constructor(
    pixels: VideoFrame | ImageBitmap,
    key: FrameKey | null,
    { receivedAtMs, port }: { receivedAtMs: number; port: PortLike | null } = {
      receivedAtMs: epochMs(),
      port: null,
    },
  ) {
    this.pixels = pixels;
    this.key = key;
    this.receivedAtMs = receivedAtMs;
    this.port = port;
  }

  /** Gives the pixels back to the decoder. */
  close(): void {
    this.pixels.close();
  }
}

/**
 * The key that a frame of a stream carries: its RTP timestamp where the browser tells it, else its
 * media time, which is the same in every stream of one track.
 */
export function keyOf(frame: VideoFrame): FrameKey {
  const rtpTimestamp = frame.metadata?.().rtpTimestamp;
  return rtpTimestamp === undefined
    ? { clock: "media", value: frame.timestamp / 1000 }
    : { clock: "rtp", value: rtpTimestamp };
}

/** Whom a reader tells. */
export interface FrameReaderEvents {
  /** A posted frame was taken in, so that another may be posted. */
  onAccepted(): void;
  /** This Worker has no way to read what it was given; it has let go of it. */
  onUnreadable(): void;
  /** Called for every frame; whoever gets it closes it. */
  onFrame(frame: InputFrame): void;
  /** The source was left on request; no frame of it comes any more. */
  onStop(): void;
}

/** The frames of one Worker, whichever way they come. */
export class FrameReader {
  readonly #events: FrameReaderEvents;
  #reader: ReadableStreamDefaultReader<VideoFrame> | null = null;
  /** A copy of the page's, and this Worker's to end. */
  #track: MediaStreamTrack | null = null;
  #port: PortLike | null = null;

  constructor(events: FrameReaderEvents) {
    this.#events = events;
  }

  /** Takes a frame, follows a stream to its end, or leaves the present one. */
  async handle(message: ReadMessage): Promise<void> {
    switch (message.kind) {
      case "frame":
        this.#events.onFrame(new InputFrame(message.frame, message.key));
        return this.#events.onAccepted();
      case "frames":
        return await this.#followPort(message.port);
      case "stream":
        return await this.#follow(message.stream);
      case "track":
        return await this.#followTrack(message.track);
      case "stop": {
        const left = this.#leave();
        // Not after it: meanwhile somebody would take what waits.
        this.#events.onStop();
        return await left;
      }
    }
  }

  async #followPort(port: PortLike): Promise<void> {
    const left = this.#leave();
    this.#port = port;
    port.onmessage = ({ data: { frame, key } }: MessageEvent<PostedFrame>) => {
      if (port !== this.#port) return frame.close();
      this.#events.onFrame(new InputFrame(frame, key));
      port.postMessage({ kind: "accepted" });
    };
    await left;
  }

  async #followTrack(track: MediaStreamTrack): Promise<void> {
    let stream: ReadableStream<VideoFrame>;
    try {
      stream = new MediaStreamTrackProcessor({ track }).readable;
    } catch {
      // Not every browser whose tracks come into Workers has a processor there.
      track.stop();
      return this.#events.onUnreadable();
    }
    await this.#follow(stream, track);
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
      // It was read when the stream was left.
      if (this.#reader !== reader) return value.close();
      this.#events.onFrame(new InputFrame(value, keyOf(value)));
    }
  }

  async #leave(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    this.#track?.stop();
    this.#track = null;
    this.#port?.close();
    this.#port = null;
    await reader?.cancel().catch(() => undefined);
  }
}
