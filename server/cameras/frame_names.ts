/** What a frame is known by, from when it came until it is shown. */
export interface FrameName {
  /** Counts the frames of a camera while it is in use. */
  readonly index: number;
  /** Ms since the epoch on this process's clock. */
  readonly captureTimeMs: number;
  /** Of RTP (RFC 6184: 90 kHz, 32 bits): the same for every viewer, and on no two frames within a day. */
  readonly rtpTimestamp: number;
}

/** Ticks of RTP's clock for video in a millisecond. */
const TICKS_PER_MS = 90;

/** Names the frames of one camera, over all runs of its reader and its encoder. */
export class FrameNames {
  readonly #base: number;
  #index = -1;
  #firstMs: number | null = null;
  #ticks = -1;

  /** @param base The first timestamp; at random, as RFC 3550 section 5.1 asks. */
  constructor(base = crypto.getRandomValues(new Uint32Array(1))[0]!) {
    this.#base = base;
  }

  /** The name of a frame that came at `captureTimeMs`, which is not before that of the last one. */
  next(captureTimeMs: number): FrameName {
    this.#firstMs ??= captureTimeMs;
    const ticks = Math.round((captureTimeMs - this.#firstMs) * TICKS_PER_MS);
    this.#ticks = Math.max(this.#ticks + 1, ticks);
    this.#index += 1;
    return {
      index: this.#index,
      captureTimeMs,
      rtpTimestamp: (this.#base + this.#ticks) % 2 ** 32,
    };
  }
}
