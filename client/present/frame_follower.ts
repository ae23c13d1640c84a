import type { FollowedObject, Follower } from "@/vision";
import "../base/web_platform.ts";
import type { Pixels } from "./frame_ring.ts";
import { SAME_FRAME_MS } from "../time/video_time.ts";
import type { PlacedResult } from "./result_book.ts";

/** What is used of a follower. */
export type FollowerLike = Pick<
  Follower,
  | "frameBuffer"
  | "addFrame"
  | "addResult"
  | "step"
  | "objects"
  | "fallenBack"
  | "reset"
  | "resetObjects"
>;

/** What following is made of, and whom it tells. */
export interface FrameFollowerOptions {
  /** Made when the first frame is to be looked at; rejects where there is none. */
  open(): Promise<FollowerLike>;
  /** Calls back once the Worker has seen to what came meanwhile. */
  defer(callback: () => void): void;
  /** Monotonic, ms. */
  nowMs(): number;
  /** Objects were followed further. */
  onMoved(): void;
}

/** Formats whose first plane is luma, a byte a pixel. */
const LUMA_FIRST: ReadonlySet<string> = new Set(["I420", "I420A", "I422", "I444", "NV12", "NV12A"]);

/** Frames of faster cameras are passed over: following every second one of 60 a second is as exact. */
const MIN_APART_MS = 22;

/** Work is done in slices of about so long, so that no painting waits for more. */
const SLICE_MS = 2;

/** When looking at a frame takes longer than this on the whole, every second one has to do. */
const BUSY_MS = 6;

/** Comparisons in the first slice, when it is not known what one takes. */
const FIRST_MATCHES = 60;

/** When the newest picture is this much older than the frame shown, frames cannot be looked at. */
const MAX_BEHIND_MS = 250;

/** Looks at the frames that are shown, and follows in them what was found in earlier ones. */
export class FrameFollower {
  readonly #options: FrameFollowerOptions;
  #follower: FollowerLike | null = null;
  #isOpening = false;
  #isCopying = false;
  #isWorking = false;
  /** Goes up when pictures on their way are of another video. */
  #video = 0;
  #newestMs = -Infinity;
  /** The newest result is one that boxes are followed from. */
  #hasResult = false;
  /** One whose frame has not been looked at yet. */
  #ahead: PlacedResult | null = null;
  #matches = FIRST_MATCHES;
  /** What a frame takes, and until when none is looked at. */
  #costMs = 0;
  #passedMs = -Infinity;

  constructor(options: FrameFollowerOptions) {
    this.#options = options;
  }

  /** How often an object had to be moved by its velocity, because there was no time to follow it. */
  get fallenBack(): number {
    return this.#follower?.fallenBack ?? 0;
  }

  /** Objects are on their way to the newest frame; `onMoved` says when they are there. */
  get isWorking(): boolean {
    return this.#isWorking;
  }

  /** Looks at a frame, which stays the caller's, may be closed meanwhile, and is later than the last. */
  look(pixels: Pixels, timeMs: number): void {
    if (!isReadable(pixels)) return;
    if (this.#follower === null) return this.#open();
    const apartMs = this.#costMs > BUSY_MS ? 2 * MIN_APART_MS : MIN_APART_MS;
    const isTooSoon = timeMs - Math.max(this.#newestMs, this.#passedMs) < apartMs;
    // One that is still being copied when the next comes shows that there is no time for more.
    if (this.#isCopying || isTooSoon) return;
    void this.#copy(this.#follower, pixels, timeMs);
  }

  /** Takes in a result of a frame that was shown. */
  addResult(result: PlacedResult): void {
    const { found, timeMs } = result;
    this.#hasResult = this.#follower?.addResult(found, timeMs) ?? false;
    this.#ahead = !this.#hasResult && timeMs > this.#newestMs ? result : null;
    // At once: the boxes are wanted with the next painting.
    if (this.#hasResult && !this.#isWorking) this.#work();
  }

  /** The objects in the frame at `timeMs`, each as of some ms before; `null` when they are not known. */
  objectsAt(timeMs: number): readonly FollowedObject[] | null {
    const follower = this.#follower;
    if (follower === null || !this.#hasResult) return null;
    if (timeMs - this.#newestMs > MAX_BEHIND_MS) return null;
    return follower.objects();
  }

  /** Time of the newest frame that was looked at, ms of video time. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /** Results from now on are of something else, or there are none. */
  forgetResults(): void {
    this.#hasResult = false;
    this.#ahead = null;
    this.#follower?.resetObjects();
  }

  /** Another video. */
  reset(): void {
    this.#video += 1;
    this.#hasResult = false;
    this.#ahead = null;
    this.#newestMs = -Infinity;
    this.#passedMs = -Infinity;
    this.#follower?.reset();
  }

  #open(): void {
    if (this.#isOpening) return;
    // Only once: where it fails, boxes go by the motion model.
    this.#isOpening = true;
    this.#options.open().then((follower) => void (this.#follower = follower), () => undefined);
  }

  async #copy(follower: FollowerLike, frame: VideoFrame, timeMs: number): Promise<void> {
    const { nowMs } = this.#options;
    const video = this.#video;
    const startMs = nowMs();
    this.#isCopying = true;
    this.#passedMs = timeMs;
    try {
      const { visibleRect, rotation = 0 } = frame;
      const { width: widthPx, height: heightPx } = visibleRect!;
      const [plane] = await frame.copyTo(follower.frameBuffer(frame.allocationSize()));
      if (video !== this.#video) return;
      const quarterTurns = rotation / 90;
      follower.addFrame({ widthPx, heightPx, plane: plane!, quarterTurns }, timeMs);
      this.#newestMs = timeMs;
      this.#takeAhead();
    } catch {
      // It went away meanwhile, or has no bytes to be read; the next one comes.
      return;
    } finally {
      this.#isCopying = false;
      this.#costMs += 0.1 * (nowMs() - startMs - this.#costMs);
    }
    if (!this.#isWorking) this.#work();
  }

  /** A result that overtook its picture is one to follow from as soon as that has been looked at. */
  #takeAhead(): void {
    const ahead = this.#ahead;
    if (ahead === null || ahead.timeMs > this.#newestMs + SAME_FRAME_MS) return;
    this.addResult(ahead);
    this.#ahead = null;
  }

  /** One slice; the rest after what is waiting. */
  readonly #work = (): void => {
    const { nowMs, defer, onMoved } = this.#options;
    const startMs = nowMs();
    this.#isWorking = this.#follower?.step(this.#matches) ?? false;
    const tookMs = nowMs() - startMs;
    // Towards what fits into a slice; clocks of browsers are coarse, and 0 is any.
    if (this.#isWorking) {
      this.#matches = Math.round(this.#matches * (tookMs > SLICE_MS ? 0.7 : 1.2));
    }
    this.#matches = Math.max(8, Math.min(400, this.#matches));
    if (this.#isWorking) defer(this.#work);
    else onMoved();
  };
}

/** Has luma that can be read as it is. Asked for another format, browsers wait for the page's thread. */
function isReadable(pixels: Pixels): pixels is VideoFrame {
  return "copyTo" in pixels && pixels.format !== null && LUMA_FIRST.has(pixels.format) &&
    pixels.visibleRect !== null && pixels.flip !== true && (pixels.rotation ?? 0) % 90 === 0;
}
