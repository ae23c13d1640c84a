import type { PeerId } from "@/protocol";
import { listen, type PortLike, send, type WorkerHandle } from "../base/worker_handle.ts";
import type { FrameFeed, RelayedFrame, RelayedFrames } from "../inference/detector.ts";
import type { ReadMessage } from "../inference/worker_messages.ts";
import type { FeedOptions } from "../media/frame_feed.ts";
import type { CarriedBytes } from "../metrics/traffic.ts";
import type { FrameFeeds, RelayedPicture } from "../rtc/relay.ts";
import type { CaptureTime } from "../time/capture_time.ts";
import type { ClockEstimate } from "../time/clock_sync.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { CameFrame, FromPicture, PictureDrops, ToPicture } from "./picture_messages.ts";
import { PictureTimes } from "./picture_times.ts";

/** What a picture is given, and whom it tells. */
export interface RelayPictureOptions {
  /** Whose picture it is. */
  readonly phone: PeerId;
  /** Makes a Worker for it that has not been sent anything yet. */
  startWorker(): WorkerHandle;
  /** Ms on a clock that does not go backwards. */
  nowMs(): number;
  /** Bytes of the relay, without those of pictures. */
  carried(): CarriedBytes;
  /** The first frame is here. */
  onTrack(): void;
  /** The Worker died: no more pictures come. */
  onDied(message: string): void;
}

/** Some seconds of frames. */
const MAX_ARRIVED = 64;

/** More than come. WebKitGTK captures two frames, and no more, where no rate is asked for. */
const CAPTURE_FPS = 30;

/** A picture that stands still for this long is not coming. */
const FLOWING_MS = 2_000;

/**
 * A phone's picture that comes through the server. A Worker makes it, for everybody who reads its frames;
 * here it is drawn once more, for a track to play, and it is known which frames came.
 */
export class RelayPicture implements RelayedPicture, RelayedFrames {
  readonly frames: FrameFeeds = { feed: (how) => this.#feed(how) };
  readonly phone: PeerId;
  readonly #options: RelayPictureOptions;
  readonly #worker: WorkerHandle;
  /** The last that came, by their ids: of some of them a result may still come. */
  readonly #arrived = new Map<number, RelayedFrame>();
  readonly #times = new PictureTimes();
  readonly #canvas = document.createElement("canvas");
  readonly #context = this.#canvas.getContext("2d", { alpha: false })!;
  #track: MediaStreamTrack | null = null;
  #lastReader = 0;
  #received = 0;
  #receivedAtMs = -Infinity;
  #carried: CarriedBytes = { sent: 0, received: 0 };
  #dropped: PictureDrops = { superseded: 0, stale: 0, broken: 0 };

  constructor(options: RelayPictureOptions) {
    this.#options = options;
    this.phone = options.phone;
    this.#worker = options.startWorker();
    listen<FromPicture>(this.#worker, {
      onMessage: (message) => {
        if (message.kind === "came") this.#onCame(message);
        else this.#draw(message.bitmap);
      },
      onDeath: options.onDied,
    });
  }

  /** See {@linkcode RelayedFrames.received}. */
  get received(): number {
    return this.#received;
  }

  /** See {@linkcode RelayedFrames.keys}. */
  keys(): PortLike {
    const { port1, port2 } = new MessageChannel();
    this.#send({ kind: "keys", port: port1 }, [port1]);
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
    const { sent, received } = this.#options.carried();
    return { sent: sent + this.#carried.sent, received: received + this.#carried.received };
  }

  /** Frames that were not shown, by cause. */
  get dropped(): PictureDrops {
    return this.#dropped;
  }

  captureOf(
    key: FrameKey | null,
    how: { readonly receivedAtMs: number; readonly phoneClock: ClockEstimate | null },
  ): CaptureTime {
    return this.#times.of(key, how);
  }

  /** Pictures come there from now on, on a relay's topic. */
  take(port: PortLike): void {
    this.#send({ kind: "pictures", port }, [port as Transferable]);
  }

  /** The end. */
  close(): void {
    this.#worker.terminate();
    this.#track?.stop();
  }

  #feed({ bufferFrames }: FeedOptions): FrameFeed<ReadMessage> {
    let id: number | null = null;
    const detach = () => {
      if (id !== null) this.#send({ kind: "leave", id });
      id = null;
    };
    return {
      relayed: this,
      attach: (post) => {
        detach();
        id = ++this.#lastReader;
        const { port1, port2 } = new MessageChannel();
        this.#send({ kind: "reader", id, bufferFrames, port: port1 }, [port1]);
        post({ kind: "frames", port: port2 }, [port2]);
      },
      detach,
      onAccepted() {},
      onUnreadable() {},
      isFlowing: () => this.#options.nowMs() - this.#receivedAtMs < FLOWING_MS,
    };
  }

  #onCame({ frame, carried, dropped }: Extract<FromPicture, { kind: "came" }>): void {
    this.#received += 1;
    this.#receivedAtMs = this.#options.nowMs();
    this.#carried = carried;
    this.#dropped = dropped;
    this.#times.add(frame.captureTimeMs, frame.receivedAtMs);
    this.#arrived.set(frame.frameId, factsOf(frame));
    if (this.#arrived.size > MAX_ARRIVED) this.#arrived.delete(this.#arrived.keys().next().value!);
  }

  #draw(bitmap: ImageBitmap): void {
    const { width, height } = bitmap;
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    this.#context.drawImage(bitmap, 0, 0);
    bitmap.close();
    this.#send({ kind: "drawn" });
    if (this.#track !== null) return;
    this.#track = this.#canvas.captureStream(CAPTURE_FPS).getVideoTracks()[0]!;
    this.#options.onTrack();
  }

  #send(message: ToPicture, transfer: Transferable[] = []): void {
    send<ToPicture>(this.#worker, message, transfer);
  }
}

function factsOf({ key, widthPx, heightPx, jpegBytes, receivedAtMs }: CameFrame): RelayedFrame {
  return { key, widthPx, heightPx, jpegBytes, receivedAtMs };
}
