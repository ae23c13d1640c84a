import type { PortLike } from "../base/worker_handle.ts";
import type { FrameKey } from "../time/frame_key.ts";

/** What a frame is handed over as. */
export type Pixels = VideoFrame | ImageBitmap;

interface Reader {
  readonly port: PortLike;
  readonly bufferFrames: number;
  /** Posted frames that it has not accepted yet. */
  pending: number;
}

/** Hands each frame to everybody who wants it and has room for it, under one key. */
export class FramePosts {
  readonly #readers = new Map<number, Reader>();

  /** Somebody wants frames over this port from now on, and accepts them there. */
  add(id: number, { port, bufferFrames }: Pick<Reader, "port" | "bufferFrames">): void {
    const reader: Reader = { port, bufferFrames, pending: 0 };
    this.#readers.set(id, reader);
    port.onmessage = () => reader.pending -= 1;
  }

  /** It wants none any more. */
  remove(id: number): void {
    this.#readers.get(id)?.port.close();
    this.#readers.delete(id);
  }

  /** Takes the next frame, which stays the caller's to close. @param clone Makes one more of it. */
  async post<T extends Pixels>(
    pixels: T,
    key: FrameKey,
    clone: (pixels: T) => Promise<Pixels>,
  ): Promise<void> {
    const takers = [...this.#readers]
      .filter(([, { pending, bufferFrames }]) => pending < bufferFrames);
    for (const [, taker] of takers) taker.pending += 1;
    const copies = await Promise.all(takers.map(() => clone(pixels).catch(() => null)));
    for (const [index, [id, taker]] of takers.entries()) {
      const frame = copies[index]!;
      if (frame !== null && this.#readers.get(id) === taker) {
        taker.port.postMessage({ kind: "frame", frame, key }, [frame as Transferable]);
        continue;
      }
      frame?.close();
      taker.pending -= 1;
    }
  }
}
