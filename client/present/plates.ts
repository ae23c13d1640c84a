import "../base/web_platform.ts";
import type { Pixels, Plate } from "./frame_ring.ts";

/** So many frames each way show which is quicker. */
export const TRIED_FRAMES = 6;

/** Finds out, by doing both in turns, whether frames are painted more quickly by way of plates. */
export class PlateTrial {
  #isQuicker: boolean | null = null;
  #tried = 0;
  // The quickest of each counts: others may have waited for the processor.
  #framesMs = Infinity;
  #platesMs = Infinity;

  /** Whether the next frame is to get a plate. */
  wants(): boolean {
    return this.#isQuicker ?? this.#tried++ % 2 === 1;
  }

  /** A frame was painted, with all that it took. */
  took(isPlate: boolean, tookMs: number): void {
    if (this.#isQuicker !== null) return;
    if (isPlate) this.#platesMs = Math.min(this.#platesMs, tookMs);
    else this.#framesMs = Math.min(this.#framesMs, tookMs);
    if (this.#tried >= 2 * TRIED_FRAMES) this.#isQuicker = this.#platesMs < this.#framesMs;
  }

  /** Plates cannot be made here. */
  fail(): void {
    this.#isQuicker = false;
  }
}

/**
 * Makes plates of frames where these are quicker to paint than the frames themselves: without a GPU.
 * Chromium then converts each `VideoFrame` that is drawn on a canvas, and keeps it in a cache of up to
 * 512 MB. Bytes that are put on a canvas go through no cache: 340 MB less, and a third of the time.
 */
export class Plates {
  readonly #free: OffscreenCanvas[] = [];
  readonly #trial = new PlateTrial();
  #bytes = new Uint8ClampedArray(0);
  #madeInMs = 0;

  /** A plate of a frame, which stays the caller's; `null` where the frame itself is to be drawn. */
  async take(frame: Pixels): Promise<Plate | null> {
    if (!isUpright(frame) || !this.#trial.wants()) return null;
    const startMs = performance.now();
    const { width, height } = frame.visibleRect!;
    const length = width * height * 4;
    if (this.#bytes.length !== length) this.#bytes = new Uint8ClampedArray(length);
    try {
      await frame.copyTo(this.#bytes, { format: "RGBX" });
    } catch {
      // Of a browser that cannot convert, or of the GPU: others will be like it.
      this.#trial.fail();
      return null;
    }
    const plate = this.#put(new ImageData(this.#bytes, width, height));
    this.#madeInMs = performance.now() - startMs;
    return plate;
  }

  /** To be told how long it took to draw a frame, or its plate. */
  drew(isPlate: boolean, tookMs: number): void {
    this.#trial.took(isPlate, isPlate ? this.#madeInMs + tookMs : tookMs);
  }

  #put(image: ImageData): Plate {
    const canvas = this.#free.pop() ?? new OffscreenCanvas(1, 1);
    if (canvas.width !== image.width || canvas.height !== image.height) {
      canvas.width = image.width;
      canvas.height = image.height;
    }
    canvas.getContext("2d", { alpha: false })!.putImageData(image, 0, 0);
    return { canvas, release: () => void this.#free.push(canvas) };
  }
}

/** Bytes say nothing of how a frame is turned for display. */
function isUpright(frame: Pixels): frame is VideoFrame {
  if (!("copyTo" in frame)) return false;
  const { format, visibleRect, rotation = 0, flip = false } = frame;
  return format !== null && visibleRect !== null && rotation === 0 && !flip;
}
