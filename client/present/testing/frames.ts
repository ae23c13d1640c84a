import type { Pixels } from "../frame_ring.ts";

/** Pixels that only note that they are closed: of a decoder if they have a timestamp. */
export class FakePixels {
  readonly format = "I420";
  readonly width = 640;
  readonly height = 480;
  readonly bytes: number;
  isClosed = false;

  constructor(bytes = 640 * 480 * 1.5) {
    this.bytes = bytes;
  }

  allocationSize(): number {
    return this.bytes;
  }

  close(): void {
    this.isClosed = true;
  }

  /** As the code under test takes it. */
  get asPixels(): Pixels {
    return this as unknown as Pixels;
  }
}

/** A frame of a decoder. */
export class FakeDecoderFrame extends FakePixels {
  readonly timestamp = 0;
}
