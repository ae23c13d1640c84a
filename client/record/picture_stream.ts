import { canvasFor, drawPicture, type SeenPicture } from "./seen_picture.ts";

/** As often as cameras give frames. */
const FPS = 30;

/** A screen's frames do not come to the millisecond. */
const MIN_INTERVAL_MS = 1000 / FPS - 4;

/**
 * A stream of what is seen on the stage, in the size that the picture has when it begins. It is drawn
 * anew on a canvas of its own: the stage's canvas changes its size with the window, and is another
 * one after its Worker was replaced.
 */
export class PictureStream {
  readonly stream: MediaStream;
  readonly #see: () => SeenPicture | null;
  readonly #context: CanvasRenderingContext2D;
  #request: number;
  #drawnAtMs = 0;

  /** @param see What is seen now; `null` while nothing is. */
  constructor(first: SeenPicture, see: () => SeenPicture | null) {
    this.#see = see;
    this.#context = canvasFor(first);
    drawPicture(this.#context, first);
    this.stream = this.#context.canvas.captureStream(FPS);
    this.#request = requestAnimationFrame(this.#draw);
  }

  /** The end. */
  stop(): void {
    cancelAnimationFrame(this.#request);
    for (const track of this.stream.getTracks()) track.stop();
  }

  readonly #draw = (atMs: number): void => {
    this.#request = requestAnimationFrame(this.#draw);
    if (atMs - this.#drawnAtMs < MIN_INTERVAL_MS) return;
    this.#drawnAtMs = atMs;
    const seen = this.#see();
    if (seen !== null) drawPicture(this.#context, seen);
  };
}
