import { WindowExtreme } from "./window_extreme.ts";
import { SAME_FRAME_MS } from "../time/video_time.ts";

/** No frame waits longer than this for its answer, counted from when it should have come. */
export const MAX_DELAY_MS = 1_500;

/** Without a result for so long none is waited for. */
const SILENT_MS = 1_000;

/** With more frames than this due at once there is no hope to show them all. */
const MAX_OVERDUE = 3;

/** How much faster than life the video goes while the delay shrinks: not seen, and soon enough. */
const CATCH_UP = 0.05;

/** What was needed is remembered this long; so the delay is steady although inference times are not. */
const NEED_WINDOW_MS = 3_000;

/** The quickest arrival is remembered this long: short enough for clocks that drift. */
const ARRIVAL_WINDOW_MS = 10_000;

/** A frame that waits to be shown. Times of arrival are ms of the clock that `nowMs` is of. */
export interface WaitingFrame {
  /** Ms of video time. */
  readonly timeMs: number;
  readonly receivedAtMs: number;
  /** The result for this frame, or for a later one, is there. */
  isAnswered: boolean;
}

/**
 * When frames are shown in `synced`: each at its own time of the video plus one steady offset, which
 * is just large enough that its answer is there by then. Pure: the time comes in with every call.
 */
export class Playout {
  readonly #arrivals = new WindowExtreme(ARRIVAL_WINDOW_MS, "least");
  readonly #needs = new WindowExtreme(NEED_WINDOW_MS, "most");
  /** A frame is due at its video time plus this; `null` before the first. */
  #offsetMs: number | null = null;
  #isExpecting = false;
  #resultAtMs = -Infinity;
  #answeredToMs = -Infinity;
  #pickedAtMs: number | null = null;

  /** How much later than it could be each frame is shown. */
  get delayMs(): number {
    const quickest = this.#arrivals.value;
    if (this.#offsetMs === null || quickest === null) return 0;
    return Math.max(0, this.#offsetMs - quickest);
  }

  /** Whether results are to come at all; without, there is nothing to be late for. */
  expect(results: boolean): void {
    this.#isExpecting = results;
    if (results) return;
    this.#needs.clear();
    this.#resultAtMs = -Infinity;
    this.#offsetMs = this.#arrivals.value;
  }

  /** Another video: nothing that was measured holds. */
  reset(): void {
    this.#arrivals.clear();
    this.#needs.clear();
    this.#offsetMs = null;
    this.#resultAtMs = -Infinity;
    this.#answeredToMs = -Infinity;
    this.#pickedAtMs = null;
  }

  /** A frame came, and waits from now on. */
  arrived(frame: WaitingFrame): void {
    const offsetMs = frame.receivedAtMs - frame.timeMs;
    this.#arrivals.add(frame.receivedAtMs, offsetMs);
    this.#offsetMs ??= offsetMs;
    // Results may come in before the frame does: each has its own way here.
    if (frame.timeMs <= this.#answeredToMs) this.#answer(frame, frame.receivedAtMs);
  }

  /** The result of the frame at `timeMs` came; it answers that frame and all before. */
  answered(timeMs: number, nowMs: number, waiting: readonly WaitingFrame[]): void {
    this.#resultAtMs = nowMs;
    this.#answeredToMs = Math.max(this.#answeredToMs, timeMs + SAME_FRAME_MS);
    for (const frame of waiting) {
      if (!frame.isAnswered && frame.timeMs <= this.#answeredToMs) this.#answer(frame, nowMs);
    }
  }

  /**
   * Which of the waiting frames, the oldest first, is to be shown now; `null`: none. Those before
   * it come too late. To be called at every frame of the screen.
   * @param isFull There is no room for another frame: the oldest has to go.
   */
  pick(nowMs: number, waiting: readonly WaitingFrame[], isFull: boolean): number | null {
    this.#catchUp(nowMs);
    const [oldest] = waiting;
    if (oldest === undefined || this.#offsetMs === null) return null;
    if (isFull) {
      this.#offsetMs = Math.min(this.#offsetMs, nowMs - oldest.timeMs);
      return 0;
    }
    const isWaiting = this.#isExpecting && nowMs - this.#resultAtMs < SILENT_MS;
    let due = 0;
    for (const frame of waiting) {
      if (nowMs < frame.timeMs + this.#offsetMs) break;
      if (isWaiting && !frame.isAnswered && !this.#isTooLate(frame, nowMs)) break;
      due += 1;
    }
    if (due === 0) return null;
    return due > MAX_OVERDUE ? due - 1 : 0;
  }

  #answer(frame: WaitingFrame, nowMs: number): void {
    frame.isAnswered = true;
    const quickest = this.#arrivals.value;
    if (this.#offsetMs === null || quickest === null) return;
    const neededMs = Math.min(nowMs - frame.timeMs, quickest + MAX_DELAY_MS);
    this.#needs.add(nowMs, neededMs);
    this.#offsetMs = Math.max(this.#offsetMs, neededMs);
  }

  #isTooLate({ timeMs }: WaitingFrame, nowMs: number): boolean {
    return nowMs - timeMs - (this.#arrivals.value ?? 0) >= MAX_DELAY_MS;
  }

  #catchUp(nowMs: number): void {
    const passedMs = this.#pickedAtMs === null ? 0 : nowMs - this.#pickedAtMs;
    this.#pickedAtMs = nowMs;
    this.#needs.forget(nowMs);
    const enough = this.#needs.value ?? this.#arrivals.value;
    if (this.#offsetMs === null || enough === null || this.#offsetMs <= enough) return;
    this.#offsetMs = Math.max(enough, this.#offsetMs - CATCH_UP * passedMs);
  }
}
