import { pageTimers, type Timers } from "../base/timers.ts";

/** Tells of the frames that a video element shows, as the element itself does in most browsers. */
export type FrameCallbacks = Pick<
  HTMLVideoElement,
  "requestVideoFrameCallback" | "cancelVideoFrameCallback"
>;

/** What is used of a video element. */
export type WatchedVideo =
  & Pick<HTMLVideoElement, "currentTime" | "getVideoPlaybackQuality">
  & Partial<FrameCallbacks>;

/** What looks at a video depend on. */
export interface FrameCallbackDeps {
  readonly timers: Timers;
  /** Nobody sees the page: then browsers tell of no frames on purpose. */
  isHidden(): boolean;
}

/** A video whose browser does not tell of its frames is looked at this often. */
const LOOK_MS = 33;

/** So many looks with another frame each, and nothing told: the browser does not tell. */
const MAX_UNTOLD = 5;

interface Wish {
  readonly own: number | null;
  timer: number | undefined;
}

/**
 * The element's own callbacks. Where the browser has none (Firefox before 132), or has them and tells of
 * nothing (WebKitGTK, of streams), the video is looked at instead: a frame is told of when it has changed.
 */
class WatchedCallbacks implements FrameCallbacks {
  readonly #video: WatchedVideo;
  readonly #deps: FrameCallbackDeps;
  readonly #wishes = new Map<number, Wish>();
  #last = 0;
  /** Whether the browser has told of a frame itself: then it does. */
  #isTold = false;
  #untold = 0;
  #mark = 0;

  constructor(video: WatchedVideo, deps: FrameCallbackDeps) {
    this.#video = video;
    this.#deps = deps;
    this.#mark = this.#frameMark();
  }

  requestVideoFrameCallback(callback: VideoFrameRequestCallback): number {
    const id = ++this.#last;
    const own = this.#video.requestVideoFrameCallback?.((nowMs, metadata) => {
      this.#isTold = true;
      this.cancelVideoFrameCallback(id);
      callback(nowMs, metadata);
    }) ?? null;
    const wish: Wish = { own, timer: undefined };
    this.#wishes.set(id, wish);
    if (!this.#isTold) this.#lookSoon(id, wish, callback);
    return id;
  }

  cancelVideoFrameCallback(id: number): void {
    const wish = this.#wishes.get(id);
    if (wish === undefined) return;
    this.#wishes.delete(id);
    this.#deps.timers.clearTimeout(wish.timer);
    if (wish.own !== null) this.#video.cancelVideoFrameCallback?.(wish.own);
  }

  #lookSoon(id: number, wish: Wish, callback: VideoFrameRequestCallback): void {
    const { timers, isHidden } = this.#deps;
    wish.timer = timers.setTimeout(() => {
      if (this.#isTold) return;
      if (isHidden() || !this.#hasChanged(wish.own !== null)) {
        return this.#lookSoon(id, wish, callback);
      }
      this.cancelVideoFrameCallback(id);
      const nowMs = timers.nowMs();
      callback(nowMs, { presentationTime: nowMs } as VideoFrameCallbackMetadata);
    }, LOOK_MS);
  }

  #hasChanged(mayTell: boolean): boolean {
    const mark = this.#frameMark();
    if (mark === this.#mark) return false;
    this.#mark = mark;
    this.#untold += 1;
    return !mayTell || this.#untold > MAX_UNTOLD;
  }

  /** Another with another frame. Not every browser counts those of streams. */
  #frameMark(): number {
    return this.#video.getVideoPlaybackQuality().totalVideoFrames || this.#video.currentTime;
  }
}

/** See {@linkcode WatchedCallbacks}. */
export function frameCallbacksOf(
  video: WatchedVideo,
  deps: FrameCallbackDeps = { timers: pageTimers, isHidden: () => document.hidden },
): FrameCallbacks {
  return new WatchedCallbacks(video, deps);
}
