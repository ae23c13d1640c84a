import type { FrameChunk } from "@/protocol";

/** What {@linkcode PartialFrame.add} made of a chunk. */
export type Added = "added" | "known" | "contradiction";

/**
 * A frame of which some chunks have come. It holds no more bytes than the frame may have, however its
 * chunks overlap, and nothing is set aside for chunks that have not come.
 */
export class PartialFrame {
  readonly frameId: number;
  readonly expiresAtMs: number;
  readonly #first: FrameChunk;
  readonly #chunks = new Map<number, FrameChunk>();
  #heldBytes = 0;

  /** @param expiresAtMs When the frame is too old to be of use. */
  constructor(first: FrameChunk, expiresAtMs: number) {
    this.frameId = first.frameId;
    this.expiresAtMs = expiresAtMs;
    this.#first = first;
    this.add(first);
  }

  /** Bytes of payload held. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether as many chunks are here as the frame has. */
  get isComplete(): boolean {
    return this.#chunks.size === this.#first.chunkCount;
  }

  /** Keeps a chunk. The payload must be the frame's to keep. */
  add(chunk: FrameChunk): Added {
    const known = this.#chunks.get(chunk.chunkIndex);
    if (known !== undefined) {
      const isSame = known.offsetBytes === chunk.offsetBytes &&
        known.payload.length === chunk.payload.length;
      return isSame && this.#agrees(chunk) ? "known" : "contradiction";
    }
    const heldBytes = this.#heldBytes + chunk.payload.length;
    if (!this.#agrees(chunk) || heldBytes > this.#first.jpegBytes) return "contradiction";
    this.#chunks.set(chunk.chunkIndex, chunk);
    this.#heldBytes = heldBytes;
    return "added";
  }

  /** The whole JPEG as a fresh copy; `null` if the chunks leave holes or lie over one another. */
  assemble(): Uint8Array<ArrayBuffer> | null {
    const { chunkCount, jpegBytes } = this.#first;
    if (this.#heldBytes !== jpegBytes) return null;
    const jpeg = new Uint8Array(jpegBytes);
    let at = 0;
    for (let index = 0; index < chunkCount; index++) {
      const chunk = this.#chunks.get(index);
      if (chunk === undefined || chunk.offsetBytes !== at) return null;
      jpeg.set(chunk.payload, at);
      at += chunk.payload.length;
    }
    return jpeg;
  }

  /** What every chunk says of its frame, as the first said it. */
  get facts() {
    const { widthPx, heightPx, captureTimeMs, captureClock, source = 0 } = this.#first;
    return { widthPx, heightPx, captureTimeMs, captureClock, source };
  }

  #agrees(chunk: FrameChunk): boolean {
    const first = this.#first;
    return chunk.chunkCount === first.chunkCount && chunk.jpegBytes === first.jpegBytes &&
      chunk.widthPx === first.widthPx && chunk.heightPx === first.heightPx &&
      chunk.captureTimeMs === first.captureTimeMs && chunk.captureClock === first.captureClock &&
      chunk.source === first.source;
  }
}
