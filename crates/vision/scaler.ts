// This module is browser compatible.

// @ts-types="./pkg/vision.d.ts"
import * as core from "./pkg/vision.js";
import { VisionError, withVisionError } from "./error.ts";
import { CoreMemory } from "./load.ts";
import type { FrameLayout, ScaledPicture, SizePx } from "./spec.ts";
import { uint32 } from "./uint32.ts";

/**
 * Scales frames of any format to RGBA pictures, for what is encoded and sent away.
 *
 * It samples where {@linkcode Vision.letterbox} does (bilinear; one pixel of a picture much smaller
 * than its frame is made from the four at its centre, not from all it covers). Buffers and views are
 * as those of {@linkcode Vision}: a view is good until the next call of any method of either.
 *
 * @example
 * ```ts ignore
 * const scaler = new Scaler();
 * await frame.copyTo(scaler.frameBuffer(frame.allocationSize()));
 * const { rgba, widthPx, heightPx } = scaler.scale(layout, fitInside(layout, bounds));
 * context.putImageData(new ImageData(rgba, widthPx, heightPx), 0, 0);
 * ```
 */
export class Scaler {
  readonly #memory: CoreMemory;
  #scaler: core.Scaler | undefined;

  /**
   * @param options `simd`: whether to use the SIMD128 code (default) or its scalar reference; the
   * results are the same.
   * @throws {VisionError} `not-loaded`.
   */
  constructor(options: { simd?: boolean } = {}) {
    this.#memory = new CoreMemory();
    this.#scaler = new core.Scaler(options.simd ?? true);
  }

  /**
   * Room for one frame of `byteLength` bytes (at most 256 MiB) to write into. Old bytes may still be
   * in it.
   *
   * @throws {VisionError} `frame-bytes`, `not-an-integer`, `freed`.
   */
  frameBuffer(byteLength: number): Uint8Array<ArrayBuffer> {
    const scaler = this.#live();
    const bytes = uint32(byteLength, "byteLength");
    const address = withVisionError(() => scaler.frameAddress(bytes));
    return this.#memory.bytes(address, bytes);
  }

  /**
   * Scales the frame in the frame buffer to exactly `target` (1–2560 px a side), whatever its aspect
   * ratio; see {@linkcode fitInside}.
   *
   * @throws {VisionError} `target-size`, `frame-size`, `plane-count`, `plane-stride`,
   * `plane-bounds`, `unknown-name`, `not-an-integer`, `freed`.
   */
  scale(layout: FrameLayout, target: SizePx): ScaledPicture {
    const scaler = this.#live();
    const { format, planes, matrix, range } = layout;
    for (let index = 0; index < planes.length; index++) {
      const { offset, stride } = planes[index]!;
      scaler.setPlane(index, uint32(offset, "offset"), uint32(stride, "stride"));
    }
    const width = uint32(layout.widthPx, "widthPx");
    const height = uint32(layout.heightPx, "heightPx");
    const widthPx = uint32(target.widthPx, "target.widthPx");
    const heightPx = uint32(target.heightPx, "target.heightPx");
    const address = withVisionError(() =>
      scaler.scale(format, width, height, planes.length, matrix, range, widthPx, heightPx)
    );
    const buffer = this.#memory.buffer;
    const rgba = new Uint8ClampedArray(buffer, address >>> 0, 4 * widthPx * heightPx);
    return { widthPx, heightPx, rgba };
  }

  /** Gives the buffers back to the core. Safe to call twice; anything else then throws `freed`. */
  free(): void {
    this.#scaler?.free();
    this.#scaler = undefined;
  }

  #live(): core.Scaler {
    if (this.#scaler === undefined) {
      throw new VisionError("freed", "Cannot use this Scaler after free()");
    }
    return this.#scaler;
  }
}
