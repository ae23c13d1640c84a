import { type FrameCallbacks, frameCallbacksOf } from "./frame_callbacks.ts";

/** Counts the frames that a video element shows; while its page is hidden it may show none. */
export class ShownCount {
  #callbacks: FrameCallbacks | null = null;
  #callback = 0;
  #frames = 0;

  /** So far; `null`: there is no element. */
  get frames(): number | null {
    return this.#callbacks === null ? null : this.#frames;
  }

  /** Counts those of another element; `null`: none for now. */
  follow(video: HTMLVideoElement | null): void {
    this.#callbacks?.cancelVideoFrameCallback(this.#callback);
    this.#callbacks = video === null ? null : frameCallbacksOf(video);
    this.#next();
  }

  #next(): void {
    if (this.#callbacks === null) return;
    this.#callback = this.#callbacks.requestVideoFrameCallback(() => {
      this.#frames += 1;
      this.#next();
    });
  }
}
