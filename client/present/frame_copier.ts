import "../base/web_platform.ts";
import type { Pixels } from "./frame_ring.ts";

/** Copies frames out of their decoder's buffers, through memory that is used again. */
export class FrameCopier {
  /** Buffers that no copy is under way in; as many as there were copies at once. */
  readonly #free: ArrayBuffer[] = [];

  /** A frame like this one in memory of its own. Rejects where it can be neither read nor drawn. */
  async copy(frame: VideoFrame): Promise<Pixels> {
    try {
      return await this.#copyBytes(frame);
    } catch {
      // Some frames are the GPU's and have no bytes to be read; they can be drawn all the same.
      return await createImageBitmap(frame);
    }
  }

  async #copyBytes(frame: VideoFrame): Promise<VideoFrame> {
    const { format, visibleRect, displayWidth, displayHeight, timestamp } = frame;
    if (format === null || visibleRect === null) throw new TypeError("Cannot read the frame");
    const bytes = frame.allocationSize();
    const buffer = this.#take(bytes);
    try {
      const layout = await frame.copyTo(new Uint8Array(buffer, 0, bytes));
      const { rotation = 0, flip = false } = frame;
      const isTurned = rotation % 180 !== 0;
      // Copies into memory of its own, so that the buffer is free at once.
      return new VideoFrame(new Uint8Array(buffer, 0, bytes), {
        format,
        layout,
        timestamp,
        codedWidth: visibleRect.width,
        codedHeight: visibleRect.height,
        displayWidth: isTurned ? displayHeight : displayWidth,
        displayHeight: isTurned ? displayWidth : displayHeight,
        colorSpace: frame.colorSpace.toJSON(),
        ...(rotation === 0 && !flip ? {} : { rotation, flip }),
      });
    } finally {
      this.#free.push(buffer);
    }
  }

  #take(bytes: number): ArrayBuffer {
    const buffer = this.#free.pop();
    return buffer !== undefined && buffer.byteLength >= bytes ? buffer : new ArrayBuffer(bytes);
  }
}
