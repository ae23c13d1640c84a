import "../base/web_platform.ts";
import { epochMs } from "../base/epoch.ts";
import type { NewestSlot } from "./newest_slot.ts";
import type { FrameKey } from "./worker_messages.ts";

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

/**
 * Moves every frame of a stream into the slot until the stream ends or is cancelled.
 * @param onFrame Called after each, to wake whoever takes from the slot.
 */
export async function pump(
  reader: ReadableStreamDefaultReader<VideoFrame>,
  slot: NewestSlot<InputFrame>,
  onFrame: () => void,
): Promise<void> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    slot.offer(new InputFrame(value, rtpKeyOf(value)));
    onFrame();
  }
}
