import type { PeerId } from "@/protocol";
import type { RelayedFrame, RelayedFrames } from "../inference/detector.ts";
import type { FrameKey } from "../time/frame_key.ts";

/** What is known of the frames of a camera of the server. */
export interface CameraFramesOptions {
  /** Ms since the epoch. */
  epochMs(): number;
  /** When a frame came to this page, by those that were shown; `null`: nothing is known of it. */
  receivedAtMs(key: FrameKey): number | null;
}

/** A busy page is not told of as many. */
const MAX_MISSED_FRAMES = 60;

/** Of the frames that a video element was shown, what is read. */
type ShownFrame = Pick<VideoFrameCallbackMetadata, "width" | "height" | "presentedFrames">;

/**
 * The frames of a camera of the server, which it examines where they are: it knows each by the RTP
 * timestamp that this page's browser sees on it. A result may overtake its picture.
 */
export class CameraFrames implements RelayedFrames {
  readonly phone: PeerId;
  readonly #options: CameraFramesOptions;
  #size = { widthPx: 0, heightPx: 0 };
  #presented: number | null = null;
  #received = 0;

  constructor(phone: PeerId, options: CameraFramesOptions) {
    this.phone = phone;
    this.#options = options;
  }

  /** See {@linkcode RelayedFrames.received}: of a page that is seen. */
  get received(): number {
    return this.#received;
  }

  /** A video element shows one of them. */
  note({ width: widthPx, height: heightPx, presentedFrames }: ShownFrame): void {
    this.#size = { widthPx, heightPx };
    const shown = presentedFrames - (this.#presented ?? 0);
    // Else the element showed something else meanwhile, or is another one.
    this.#received += shown > 0 && shown <= MAX_MISSED_FRAMES ? shown : 1;
    this.#presented = presentedFrames;
  }

  /** See {@linkcode RelayedFrames.keys}. */
  keys(): null {
    return null;
  }

  /** See {@linkcode RelayedFrames.of}. */
  of(frameId: number): RelayedFrame {
    const { epochMs, receivedAtMs } = this.#options;
    const key: FrameKey = { clock: "rtp", value: frameId };
    const nowMs = epochMs();
    return {
      ...this.#size,
      key,
      jpegBytes: null,
      // Of one that is still to come, its result is as old as it is itself.
      receivedAtMs: Math.min(nowMs, receivedAtMs(key) ?? nowMs),
    };
  }
}
