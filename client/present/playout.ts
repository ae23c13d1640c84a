import { RecentValues } from "./recent_values.ts";
import { WindowExtreme } from "./window_extreme.ts";
import { SAME_FRAME_MS } from "../time/video_time.ts";

/** No frame waits longer than this for its answer, whatever is usual, counted from when it should have come. */
export const MAX_DELAY_MS = 1_000;

/** Without a result for so long none is waited for. */
const SILENT_MS = 1_000;

/** With more frames than this due at once there is no hope to show them all. */
const MAX_OVERDUE = 3;

/** How much faster than life the video goes while the delay shrinks: not seen, and soon enough. */
const CATCH_UP = 0.1;

/** A frame that comes this much later than others could is late by itself; others do not wait for it. */
const MAX_JITTER_MS = 100;

/** When nothing at all happened for so long, this Worker stood still: nothing is learned from that. */
const STALL_MS = 500;

/** What was needed is remembered this long; so the delay is steady although inference times are not. */
const NEED_WINDOW_MS = 3_000;

/** What is usual is seen by so long a time: one bad second is less than a quarter of it. */
const USUAL_WINDOW_MS = 6_000;

/** What this share of the frames needs is usual … */
const USUAL_SHARE = 0.75;

/** … and no frame is waited for longer than this much more: what is later than others is shown without. */
const MAX_OVER_USUAL = { share: 0.3, ms: 20 } as const;

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
  readonly #usual = new RecentValues(USUAL_WINDOW_MS);
  /** Frames of the last moments without an answer, shown or not, the oldest first. */
  #unanswered: WaitingFrame[] = [];
  /** A frame is due at its video time plus this; `null` before the first. */
  #offsetMs: number | null = null;
  #isExpecting = false;
  #resultAtMs = -Infinity;
  #answeredToMs = -Infinity;
  #pickedAtMs: number | null = null;
  /** The last call, and the first after the last stall. */
  #calledAtMs = -Infinity;
  #awakeSinceMs = -Infinity;

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
    this.forgetResults();
    this.#offsetMs = this.#arrivals.value;
  }

  /** Another detector: when it will answer is not known before it does. */
  forgetResults(): void {
    this.#needs.clear();
    this.#usual.clear();
    this.#unanswered = [];
    this.#resultAtMs = -Infinity;
  }

  /** Another video: nothing that was measured holds. */
  reset(): void {
    this.forgetResults();
    this.#arrivals.clear();
    this.#offsetMs = null;
    this.#answeredToMs = -Infinity;
    this.#pickedAtMs = null;
  }

  /** A frame came, and waits from now on. */
  arrived(frame: WaitingFrame): void {
    this.#notice(frame.receivedAtMs);
    const offsetMs = frame.receivedAtMs - frame.timeMs;
    this.#arrivals.add(frame.receivedAtMs, offsetMs);
    this.#offsetMs ??= offsetMs;
    // Results may come in before the frame does: each has its own way here.
    if (frame.timeMs <= this.#answeredToMs) this.#answer(frame, frame.receivedAtMs);
    else if (this.#isExpecting) this.#unanswered.push(frame);
    // What waits for longer is a gap in the results and no measure of them.
    const sinceMs = frame.receivedAtMs - MAX_DELAY_MS;
    while ((this.#unanswered[0]?.receivedAtMs ?? Infinity) < sinceMs) this.#unanswered.shift();
  }

  /** The result of the frame at `timeMs` came; it answers that frame and all before. */
  answered(timeMs: number, nowMs: number, waiting: readonly WaitingFrame[]): void {
    this.#notice(nowMs);
    this.#resultAtMs = nowMs;
    this.#answeredToMs = Math.max(this.#answeredToMs, timeMs + SAME_FRAME_MS);
    // Also of those that were shown without: else nobody would learn that more is usual by now.
    const isLater = ({ timeMs }: WaitingFrame) => timeMs > this.#answeredToMs;
    const later = this.#unanswered.findIndex(isLater);
    this.#note(this.#unanswered.splice(0, later === -1 ? Infinity : later), nowMs);
    for (const frame of waiting) {
      if (!frame.isAnswered && frame.timeMs <= this.#answeredToMs) {
        frame.isAnswered = true;
        this.#grow(frame, nowMs);
      }
    }
  }

  /**
   * Which of the waiting frames, the oldest first, is to be shown now; `null`: none. Those before
   * it come too late. To be called at every frame of the screen.
   * @param isFull There is no room for another frame: the oldest has to go.
   */
  pick(nowMs: number, waiting: readonly WaitingFrame[], isFull: boolean): number | null {
    this.#notice(nowMs);
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
      if (isWaiting && !frame.isAnswered && !this.#isTooLate(frame, nowMs)) {
        // Held: those after it keep their distance.
        if (due === 0) this.#grow(frame, nowMs);
        break;
      }
      due += 1;
    }
    if (due === 0) return null;
    return due > MAX_OVERDUE ? due - 1 : 0;
  }

  #answer(frame: WaitingFrame, nowMs: number): void {
    frame.isAnswered = true;
    this.#note([frame], nowMs);
    this.#grow(frame, nowMs);
  }

  /** Learns from frames that got one answer now: it counts for as long as they last. */
  #note(frames: readonly WaitingFrame[], nowMs: number): void {
    const neededMs = frames.reduce<number | null>((most, frame) => {
      const needed = this.#neededMs(frame, nowMs);
      return needed === null ? most : Math.max(most ?? -Infinity, needed);
    }, null);
    if (neededMs === null) return;
    this.#needs.add(nowMs, neededMs);
    for (const _ of frames) this.#usual.add(nowMs, neededMs);
  }

  /** Makes the offset large enough for this frame to be shown now, as far as that is usual. */
  #grow(frame: WaitingFrame, nowMs: number): void {
    const neededMs = this.#neededMs(frame, nowMs);
    if (this.#offsetMs === null || neededMs === null) return;
    this.#offsetMs = Math.max(this.#offsetMs, Math.min(neededMs, this.#mostMs()));
  }

  /** The offset with which this frame would be shown now. */
  #neededMs({ timeMs, receivedAtMs }: WaitingFrame, nowMs: number): number | null {
    const quickest = this.#arrivals.value;
    if (quickest === null) return null;
    const wayMs = Math.min(receivedAtMs - timeMs, quickest + MAX_JITTER_MS);
    const waitedMs = nowMs - Math.max(receivedAtMs, this.#awakeSinceMs);
    return Math.min(wayMs + waitedMs, quickest + MAX_DELAY_MS);
  }

  /** The largest offset that is taken: follows what is usual, whatever one bad second needs. */
  #mostMs(): number {
    const quickest = this.#arrivals.value ?? 0;
    const usualMs = this.#usual.quantile(USUAL_SHARE);
    if (usualMs === null) return quickest + MAX_DELAY_MS;
    const { share, ms } = MAX_OVER_USUAL;
    return Math.min(usualMs + share * (usualMs - quickest) + ms, quickest + MAX_DELAY_MS);
  }

  #notice(nowMs: number): void {
    if (nowMs - this.#calledAtMs > STALL_MS) this.#awakeSinceMs = nowMs;
    this.#calledAtMs = nowMs;
  }

  #isTooLate({ timeMs }: WaitingFrame, nowMs: number): boolean {
    return nowMs - timeMs >= this.#mostMs();
  }

  #catchUp(nowMs: number): void {
    const passedMs = this.#pickedAtMs === null ? 0 : nowMs - this.#pickedAtMs;
    this.#pickedAtMs = nowMs;
    this.#needs.forget(nowMs);
    this.#usual.forget(nowMs);
    const needed = this.#needs.value;
    const enough = needed === null ? this.#arrivals.value : Math.min(needed, this.#mostMs());
    if (this.#offsetMs === null || enough === null || this.#offsetMs <= enough) return;
    this.#offsetMs = Math.max(enough, this.#offsetMs - CATCH_UP * passedMs);
  }
}
