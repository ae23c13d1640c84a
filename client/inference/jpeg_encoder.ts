import { Scaler, type SizePx } from "@/vision";
import { copyPixels } from "./pixels.ts";
import { jpegSize, type JpegTarget } from "./jpeg_size.ts";
import { falsePixels, readBackWay } from "./read_back.ts";
import { median } from "../base/quantiles.ts";

/** What a frame became. */
export interface EncodedPixels extends SizePx {
  readonly jpeg: Uint8Array<ArrayBuffer>;
  readonly frameWidthPx: number;
  readonly frameHeightPx: number;
  readonly grabMs: number;
  readonly encodeMs: number;
}

/** The size of the noise that times an encoder: what the default profile sends. */
export const WARM_PX = { widthPx: 640, heightPx: 480 } as const;

/** The first run compiles and allocates; the others are what to expect. */
const WARM_RUNS = 4;

/** Scales frames with the Rust core and makes JPEG of them; its buffers serve all frames. */
export class JpegEncoder {
  readonly #scaler = new Scaler();
  readonly #canvas = new OffscreenCanvas(1, 1);
  // Pixels come from memory and go back there: a canvas on the GPU would be two copies more.
  readonly #context = this.#canvas.getContext("2d", { alpha: false, willReadFrequently: true })!;

  /** The frame stays the caller's to close; `onGrabbed` says from when on it is not needed. */
  async encode(
    frame: VideoFrame | ImageBitmap,
    { target, quality }: { readonly target: JpegTarget; readonly quality: number },
    onGrabbed: () => void,
  ): Promise<EncodedPixels> {
    const startMs = performance.now();
    const layout = await copyPixels(frame, this.#scaler);
    onGrabbed();
    const grabbedMs = performance.now();
    const { widthPx, heightPx, rgba } = this.#scaler.scale(layout, jpegSize(layout, target));
    this.#resize(widthPx, heightPx);
    this.#context.putImageData(new ImageData(rgba, widthPx, heightPx), 0, 0);
    const blob = await this.#canvas.convertToBlob({ type: "image/jpeg", quality });
    const jpeg = new Uint8Array(await blob.arrayBuffer());
    return {
      jpeg,
      widthPx,
      heightPx,
      frameWidthPx: layout.widthPx,
      frameHeightPx: layout.heightPx,
      grabMs: grabbedMs - startMs,
      encodeMs: performance.now() - grabbedMs,
    };
  }

  /**
   * Times scaling and JPEG of a picture of noise, the hardest there is; median of a few, ms.
   * @throws {DetectorError} Where no true JPEG can be made.
   */
  async warmUp(target: JpegTarget, sizePx: SizePx): Promise<number> {
    // The JPEG is read from a canvas too.
    if (await readBackWay() !== "canvas") throw falsePixels();
    const noise = new ImageData(sizePx.widthPx, sizePx.heightPx);
    for (let start = 0; start < noise.data.length; start += MAX_RANDOM_BYTES) {
      crypto.getRandomValues(noise.data.subarray(start, start + MAX_RANDOM_BYTES));
    }
    const picture = await createImageBitmap(noise);
    const times: number[] = [];
    for (let run = 0; run < WARM_RUNS; run++) {
      const { encodeMs } = await this.encode(picture, { target, quality: 0.7 }, () => {});
      if (run > 0) times.push(encodeMs);
    }
    picture.close();
    return median(times)!;
  }

  #resize(widthPx: number, heightPx: number): void {
    if (this.#canvas.width !== widthPx) this.#canvas.width = widthPx;
    if (this.#canvas.height !== heightPx) this.#canvas.height = heightPx;
  }
}

/** `getRandomValues` gives no more at once. */
const MAX_RANDOM_BYTES = 65_536;
