import "../base/web_platform.ts";
import { decodeRelayFrame, type RelayFrame } from "@/protocol";
import { FramePosts, type Pixels } from "./frame_posts.ts";
import type { CameFrame, PictureDropCause, PictureDrops } from "./picture_messages.ts";
import { keyOfRelayed, PictureTimes } from "./picture_times.ts";

/** What a maker is given, and whom it tells. */
export interface PictureMakerOptions {
  /** Ms since the epoch. */
  epochMs(): number;
  /** Makes a picture of a JPEG; `null`: it is none. */
  decode(jpeg: Uint8Array<ArrayBuffer>): Promise<ImageBitmap | null>;
  /** A frame came. */
  onCame(frame: CameFrame, dropped: PictureDrops): void;
  /** The picture of one; whoever gets it closes it. */
  onPicture(bitmap: ImageBitmap): void;
  /** This frame, and those before it, are dealt with. */
  onDone(frameId: number): void;
}

interface Arrived extends RelayFrame {
  readonly receivedAtMs: number;
}

/** Makes frames that keep their identity of the JPEGs of one phone, for everybody who reads them. */
export class PictureMaker {
  readonly posts = new FramePosts();
  readonly #options: PictureMakerOptions;
  readonly #times = new PictureTimes();
  readonly #dropped: Record<PictureDropCause, number> = { superseded: 0, stale: 0, broken: 0 };
  #waiting: Arrived | null = null;
  #isWorking = false;

  constructor(options: PictureMakerOptions) {
    this.#options = options;
  }

  /** Takes a frame as it came. */
  receive(message: Uint8Array<ArrayBuffer>): void {
    const frame = decodeRelayFrame(message);
    if (typeof frame === "string") {
      this.#dropped.broken += 1;
      return;
    }
    if (this.#waiting !== null) this.#dropped.superseded += 1;
    const { jpeg, ...facts } = frame;
    const receivedAtMs = this.#options.epochMs();
    const key = keyOfRelayed(frame.captureTimeMs);
    this.#options.onCame({ ...facts, key, receivedAtMs, jpegBytes: jpeg.length }, this.#dropped);
    this.#waiting = { ...frame, receivedAtMs };
    if (!this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#waiting !== null) {
      const frame = this.#waiting;
      this.#waiting = null;
      await this.#show(frame);
      this.#options.onDone(frame.frameId);
    }
    this.#isWorking = false;
  }

  async #show(frame: Arrived): Promise<void> {
    const { jpeg, widthPx, heightPx, captureTimeMs, receivedAtMs } = frame;
    const bitmap = await this.#options.decode(jpeg);
    if (bitmap === null || bitmap.width !== widthPx || bitmap.height !== heightPx) {
      bitmap?.close();
      this.#dropped.broken += 1;
      return;
    }
    if (!this.#times.add(captureTimeMs, receivedAtMs)) {
      bitmap.close();
      this.#dropped.stale += 1;
      return;
    }
    await this.#post(bitmap, captureTimeMs);
    this.#options.onPicture(bitmap);
  }

  async #post(bitmap: ImageBitmap, captureTimeMs: number): Promise<void> {
    const key = keyOfRelayed(captureTimeMs);
    if (!("VideoFrame" in globalThis)) {
      return await this.posts.post<Pixels>(bitmap, key, (pixels) => createImageBitmap(pixels));
    }
    // Its clones share the pixels, which copies of a bitmap do not.
    const frame = new VideoFrame(bitmap, { timestamp: Math.round(captureTimeMs * 1000) });
    await this.posts.post(frame, key, (pixels) => Promise.resolve(pixels.clone()));
    frame.close();
  }
}
