import type { FrameResult } from "../inference/worker_messages.ts";
import { keyOfShown } from "./frame_feed.ts";
import { Painter, type PaintStyle } from "./painter.ts";
import { type Pick, ResultLog, type ShownFrame } from "./result_log.ts";

/** What an overlay lies over, and how it looks. */
export interface OverlayOptions {
  readonly video: HTMLVideoElement;
  readonly canvas: HTMLCanvasElement;
  /** Read at every painting, so that changes show at once. */
  readonly style: () => PaintStyle;
  /** Called for each frame that the video shows, for counting. */
  readonly onShown: (metadata: VideoFrameCallbackMetadata) => void;
  /** Called when a newly shown frame got boxes: how much earlier their frame is, ms. */
  readonly onPainted: (ageMs: number) => void;
}

/**
 * Ties frame callbacks, results and painter together: whenever the video shows another frame or a
 * result comes in, the boxes that belong to the frame on screen are drawn.
 */
export class Overlay {
  readonly #options: OverlayOptions;
  readonly #painter: Painter;
  readonly #log = new ResultLog();
  readonly #resizes: ResizeObserver;
  #shown: Omit<ShownFrame, "nowMs"> | null = null;
  #callback: number;

  constructor(options: OverlayOptions) {
    this.#options = options;
    this.#painter = new Painter(options.canvas);
    this.#resizes = new ResizeObserver(() => this.#fit());
    this.#resizes.observe(options.canvas);
    this.#callback = options.video.requestVideoFrameCallback(this.#onShown);
    this.#fit();
  }

  /** Adds what was found on one frame. */
  add(result: FrameResult): void {
    this.#log.add(result);
    this.repaint();
  }

  /** Forgets all results and clears: the source or the model changed. */
  reset(): void {
    this.#log.clear();
    this.#painter.clear();
  }

  /** Draws again, after a change of style, size or results; answers what it drew. */
  repaint(): Pick | null {
    const nowMs = performance.timeOrigin + performance.now();
    const pick = this.#shown === null ? null : this.#log.pick({ ...this.#shown, nowMs });
    if (pick === null) {
      this.#painter.clear();
      return null;
    }
    const { video, style } = this.#options;
    const picture = { widthPx: video.videoWidth, heightPx: video.videoHeight };
    this.#painter.paint(pick, picture, style());
    return pick;
  }

  /** Ends the overlay. */
  close(): void {
    this.#resizes.disconnect();
    this.#options.video.cancelVideoFrameCallback(this.#callback);
    this.#painter.clear();
  }

  readonly #onShown = (_nowMs: number, metadata: VideoFrameCallbackMetadata): void => {
    const { video, onShown, onPainted } = this.#options;
    this.#callback = video.requestVideoFrameCallback(this.#onShown);
    this.#shown = { key: keyOfShown(metadata) };
    onShown(metadata);
    const pick = this.repaint();
    if (pick !== null) onPainted(pick.ageMs);
  };

  #fit(): void {
    const { canvas } = this.#options;
    this.#painter.resize(canvas.clientWidth, canvas.clientHeight, globalThis.devicePixelRatio);
    this.repaint();
  }
}
