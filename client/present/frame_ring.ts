import type { FrameKey } from "../time/frame_key.ts";
import type { WaitingFrame } from "./playout.ts";

/** Pixels that can be painted. */
export type Pixels = VideoFrame | ImageBitmap;

/** A frame's pixels on a canvas of their own, to be painted from as often as need be. */
export interface Plate {
  readonly canvas: OffscreenCanvas;
  /** Gives the canvas back, for another frame. */
  release(): void;
}

/** Makes pixels of its own of a decoder's frame. The frame stays open and the caller's. */
export type CopyFrame = (frame: VideoFrame) => Promise<Pixels>;

/** Room for what comes in during the longest delay at 30 frames a second. */
const MAX_FRAMES = 48;

/** About 68 frames of 1280×720 as decoders give them. */
const MAX_BYTES = 96 * 1024 * 1024;

/** Decoders have few buffers and stop when all are held; one more is held while it is on screen. */
const MAX_DECODER_FRAMES = 2;

/** A frame that was kept to be shown. */
export class KeptFrame implements WaitingFrame {
  readonly key: FrameKey | null;
  readonly timeMs: number;
  readonly receivedAtMs: number;
  readonly bytes: number;
  isAnswered = false;
  #pixels: Pixels;
  #isClosed = false;
  readonly #plate: Plate | null;

  constructor(
    pixels: Pixels,
    { key, timeMs, receivedAtMs }: Pick<KeptFrame, "key" | "timeMs" | "receivedAtMs">,
    plate: Plate | null = null,
  ) {
    this.#pixels = pixels;
    this.#plate = plate;
    this.key = key;
    this.timeMs = timeMs;
    this.receivedAtMs = receivedAtMs;
    this.bytes = bytesOf(pixels);
  }

  /** What to paint; not to be used after {@linkcode close}. */
  get pixels(): Pixels {
    return this.#pixels;
  }

  /** The same on a canvas, to be drawn in its place; `null`: there is none. */
  get canvas(): OffscreenCanvas | null {
    return this.#plate?.canvas ?? null;
  }

  /** Gives the memory back. */
  close(): void {
    this.#isClosed = true;
    this.#pixels.close();
    this.#plate?.release();
  }

  /** Lets go of the decoder's buffer in favour of a copy. What fails leaves the frame as it is. */
  async detach(copy: CopyFrame): Promise<void> {
    const before = this.#pixels;
    if (!isDecoders(before)) return;
    const pixels = await copy(before).catch(() => null);
    if (pixels === null) return;
    if (this.#isClosed) return pixels.close();
    this.#pixels = pixels;
    before.close();
  }
}

/** The frames that wait to be shown, the oldest first: few in number, and few in bytes. */
export class FrameRing {
  readonly #copy: CopyFrame;
  readonly #frames: KeptFrame[] = [];
  /** Those that still hold a decoder's buffer. */
  readonly #decoders = new Set<KeptFrame>();
  #bytes = 0;

  constructor(copy: CopyFrame) {
    this.#copy = copy;
  }

  /** The waiting frames. */
  get frames(): readonly KeptFrame[] {
    return this.#frames;
  }

  /** No room for another frame of the size of the last. */
  get isFull(): boolean {
    const last = this.#frames.at(-1)?.bytes ?? 0;
    return this.#frames.length >= MAX_FRAMES || this.#bytes + last > MAX_BYTES;
  }

  /** Keeps a frame; answers how many old ones had to go for it. */
  add(frame: KeptFrame): number {
    let dropped = 0;
    while (
      this.#frames.length > 0 &&
      (this.#frames.length >= MAX_FRAMES || this.#bytes + frame.bytes > MAX_BYTES)
    ) {
      this.take(0)!.close();
      dropped += 1;
    }
    this.#frames.push(frame);
    this.#bytes += frame.bytes;
    this.#holdFew(frame);
    return dropped;
  }

  /** Takes the frame at this place out, which the caller then owns; those before it are closed. */
  take(index: number): KeptFrame | null {
    const taken = this.#frames.splice(0, index + 1);
    const frame = taken.pop() ?? null;
    for (const passed of taken) passed.close();
    for (const gone of frame === null ? taken : [...taken, frame]) {
      this.#bytes -= gone.bytes;
      this.#decoders.delete(gone);
    }
    return frame;
  }

  /** Closes all; answers how many there were. */
  clear(): number {
    const count = this.#frames.length;
    this.take(count - 1)?.close();
    return count;
  }

  /** The newest frames are the ones copied: they will wait longest. */
  #holdFew(frame: KeptFrame): void {
    if (!isDecoders(frame.pixels)) return;
    this.#decoders.add(frame);
    if (this.#decoders.size <= MAX_DECODER_FRAMES) return;
    void frame.detach(this.#copy).then(() => this.#decoders.delete(frame));
  }
}

/** An `ImageBitmap` is a copy already. */
function isDecoders(pixels: Pixels): pixels is VideoFrame {
  return "timestamp" in pixels;
}

function bytesOf(pixels: Pixels): number {
  if (!isDecoders(pixels)) return pixels.width * pixels.height * 4;
  // Where the format is not told it may be any; none in use takes more.
  if (pixels.format === null) return pixels.codedWidth * pixels.codedHeight * 4;
  return pixels.allocationSize();
}
