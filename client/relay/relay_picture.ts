import "../base/web_platform.ts";
import { decodeRelayFrame, type PeerId, type RelayFrame } from "@/protocol";
import type { PortLike } from "../base/worker_handle.ts";
import type { RelayedFrame, RelayedFrames, RelayedKey } from "../inference/detector.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { CarriedBytes } from "../metrics/traffic.ts";
import type { FrameFeeds, RelayedPicture } from "../rtc/relay.ts";
import type { CaptureTime } from "../time/capture_time.ts";
import type { ClockEstimate } from "../time/clock_sync.ts";
import { FramePosts, type Pixels } from "./frame_posts.ts";
import { keyOfRelayed, PictureTimes } from "./picture_times.ts";

/** Why a frame that came is not shown. */
export type PictureDropCause =
  /** A newer one came while another was decoded. */
  | "superseded"
  /** Not later than the one before. */
  | "stale"
  /** No frame of ours, or no JPEG, or of another size than it says. */
  | "broken";

/** What a picture is given, and whom it tells. */
export interface RelayPictureOptions {
  /** Whose picture it is. */
  readonly phone: PeerId;
  /** Ms on a clock that does not go backwards. */
  nowMs(): number;
  /** Ms since the epoch. */
  epochMs(): number;
  /** Bytes of the relay. */
  carried(): CarriedBytes;
  /** This frame, and those before it, are dealt with. */
  onDone(frameId: number): void;
  /** The first frame is here. */
  onTrack(): void;
}

/** Some seconds of frames. */
const MAX_ARRIVED = 64;

/** More than come. WebKitGTK captures two frames, and no more, where no rate is asked for. */
const CAPTURE_FPS = 30;

interface Arrived extends RelayFrame {
  readonly receivedAtMs: number;
}

/** Makes a picture of the JPEGs of one phone: a track to play, and frames that keep their identity. */
export class RelayPicture implements RelayedPicture, RelayedFrames {
  readonly frames: FrameFeeds;
  readonly phone: PeerId;
  readonly #posts: FramePosts;
  /** The last that came, by their ids: of some of them a result may still come. */
  readonly #arrived = new Map<number, RelayedFrame>();
  readonly #options: RelayPictureOptions;
  readonly #canvas = document.createElement("canvas");
  readonly #context = this.#canvas.getContext("2d", { alpha: false })!;
  readonly #times = new PictureTimes();
  readonly #dropped: Record<PictureDropCause, number> = { superseded: 0, stale: 0, broken: 0 };
  #keys: PortLike | null = null;
  #track: MediaStreamTrack | null = null;
  #waiting: Arrived | null = null;
  #received = 0;
  #isWorking = false;
  #isOver = false;

  constructor(options: RelayPictureOptions) {
    this.#options = options;
    this.phone = options.phone;
    this.#posts = new FramePosts(options.nowMs);
    this.frames = { feed: (how) => ({ ...this.#posts.feed(how), relayed: this }) };
  }

  /** See {@linkcode RelayedFrames.received}. */
  get received(): number {
    return this.#received;
  }

  /** See {@linkcode RelayedFrames.keys}. */
  keys(): PortLike {
    const { port1, port2 } = new MessageChannel();
    this.#keys?.close();
    this.#keys = port1;
    for (const [frameId, { key }] of this.#arrived) this.#tellKey({ frameId, key });
    return port2;
  }

  /** See {@linkcode RelayedFrames.of}. */
  of(frameId: number): RelayedFrame | null {
    return this.#arrived.get(frameId) ?? null;
  }

  get track(): MediaStreamTrack | null {
    return this.#track;
  }

  get carried(): CarriedBytes {
    return this.#options.carried();
  }

  /** Frames that were not shown, by cause. */
  get dropped(): Readonly<Record<PictureDropCause, number>> {
    return this.#dropped;
  }

  captureOf(
    key: FrameKey | null,
    how: { readonly receivedAtMs: number; readonly phoneClock: ClockEstimate | null },
  ): CaptureTime {
    return this.#times.of(key, how);
  }

  /** Takes a frame as it came. */
  receive(message: Uint8Array<ArrayBuffer>): void {
    const frame = decodeRelayFrame(message);
    if (typeof frame === "string" || this.#isOver) {
      this.#dropped.broken += 1;
      return;
    }
    if (this.#waiting !== null) this.#dropped.superseded += 1;
    const arrived = { ...frame, receivedAtMs: this.#options.epochMs() };
    this.#note(arrived);
    this.#waiting = arrived;
    if (!this.#isWorking) void this.#work();
  }

  /** The end. */
  close(): void {
    this.#isOver = true;
    this.#waiting = null;
    this.#track?.stop();
    this.#keys?.close();
  }

  #tellKey(key: RelayedKey): void {
    this.#keys?.postMessage(key);
  }

  #note({ frameId, widthPx, heightPx, jpeg, captureTimeMs, receivedAtMs }: Arrived): void {
    this.#received += 1;
    const key = keyOfRelayed(captureTimeMs);
    this.#tellKey({ frameId, key });
    this.#arrived.set(frameId, { key, widthPx, heightPx, jpegBytes: jpeg.length, receivedAtMs });
    if (this.#arrived.size > MAX_ARRIVED) this.#arrived.delete(this.#arrived.keys().next().value!);
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#waiting !== null) {
      const frame = this.#waiting;
      this.#waiting = null;
      await this.#show(frame);
      if (!this.#isOver) this.#options.onDone(frame.frameId);
    }
    this.#isWorking = false;
  }

  async #show(frame: Arrived): Promise<void> {
    const { jpeg, widthPx, heightPx, captureTimeMs, receivedAtMs } = frame;
    const bitmap = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }))
      .catch(() => null);
    if (bitmap === null || bitmap.width !== widthPx || bitmap.height !== heightPx) {
      bitmap?.close();
      this.#dropped.broken += 1;
      return;
    }
    if (!this.#isOver && this.#times.add(captureTimeMs, receivedAtMs)) {
      this.#draw(bitmap);
      await this.#post(bitmap, captureTimeMs);
    } else this.#dropped.stale += 1;
    bitmap.close();
  }

  #draw(bitmap: ImageBitmap): void {
    const { width, height } = bitmap;
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    this.#context.drawImage(bitmap, 0, 0);
    if (this.#track !== null) return;
    this.#track = this.#canvas.captureStream(CAPTURE_FPS).getVideoTracks()[0]!;
    this.#options.onTrack();
  }

  async #post(bitmap: ImageBitmap, captureTimeMs: number): Promise<void> {
    const key = keyOfRelayed(captureTimeMs);
    if (!("VideoFrame" in globalThis)) {
      return await this.#posts.post<Pixels>(bitmap, key, (pixels) => createImageBitmap(pixels));
    }
    // Its clones share the pixels, which copies of a bitmap do not.
    const frame = new VideoFrame(bitmap, { timestamp: Math.round(captureTimeMs * 1000) });
    await this.#posts.post(frame, key, (pixels) => Promise.resolve(pixels.clone()));
    frame.close();
  }
}
