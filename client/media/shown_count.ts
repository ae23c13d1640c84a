/** Counts the frames that a video element shows; while its page is hidden it may show none. */
export class ShownCount {
  #video:
    | Pick<
      HTMLVideoElement,
      "requestVideoFrameCallback" | "cancelVideoFrameCallback"
    >
    | null = null;
  #callback = 0;
  #frames = 0;

  /** So far; `null`: there is no element, or it does not tell. */
  get frames(): number | null {
    return this.#callback === 0 ? null : this.#frames;
  }

  /** Counts those of another element; `null`: none for now. */
  follow(video: HTMLVideoElement | null): void {
    this.#video?.cancelVideoFrameCallback(this.#callback);
    this.#callback = 0;
    this.#video = video !== null && "requestVideoFrameCallback" in video ? video : null;
    this.#next();
  }

  #next(): void {
    if (this.#video === null) return;
    this.#callback = this.#video.requestVideoFrameCallback(() => {
      this.#frames += 1;
      this.#next();
    });
  }
}
