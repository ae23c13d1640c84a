import { assertNever, type Display } from "@/protocol";
import type { Timers } from "../base/timers.ts";
import type { InputFrame } from "../inference/frame_reader.ts";
import type { PresentResult, ReadMessage } from "../inference/worker_messages.ts";
import { BoxList, differ } from "./box_list.ts";
import type { FrameFollower } from "./frame_follower.ts";
import { type CopyFrame, FrameRing, KeptFrame, type Plate } from "./frame_ring.ts";
import { LiveBoxes } from "./live_boxes.ts";
import type { Painter } from "./painter.ts";
import { Playout } from "./playout.ts";
import { PictureGiver } from "./picture_giver.ts";
import type { BoxSource, FromPresenter, ToPresenter } from "./present_messages.ts";
import { type BoxOrigin, ResultBook } from "./result_book.ts";
import { ShownLog } from "./shown_log.ts";
import { SyncedBoxes } from "./synced_boxes.ts";
import { SAME_FRAME_MS, VideoTime } from "../time/video_time.ts";

/** What a presenter is made of, and whom it tells. */
export interface PresenterOptions {
  readonly painter: Pick<Painter, "resize" | "setStyle" | "clear" | "paint">;
  readonly timers: Timers;
  /** Ms since the epoch. */
  epochMs(): number;
  /** Calls back at the next frame of the screen, with its time: ms since the epoch. */
  requestFrame(callback: (atMs: number) => void): void;
  readonly copy: CopyFrame;
  /** Looks at the frames that are shown; `null`: boxes go by the motion model alone. */
  readonly following: FrameFollower | null;
  /** A copy of what is painted now. */
  copyPicture(): Promise<ImageBitmap>;
  post(message: FromPresenter): void;
}

/** What a presenter is asked, without what its Worker does itself. */
export type PresenterMessage = Exclude<
  ToPresenter,
  ReadMessage | { kind: "canvas" | "hold" | "lend" | "release" }
>;

/** How often the page is told what was shown. */
const REPORT_MS = 250;

/** Results are later than their frames by no more, and earlier by less: both come by own ways. */
const MAX_RESULT_APART_MS = 3_000;

/** Times of frames that results are looked for among; results of frames before come too late. */
const MAX_TIMES = 256;

/** Boxes that are off by less than this part of the picture are not painted again for it. */
const SEEN_SHARE = 0.004;

/** A picture that has stood for so long has no boxes: where things are by now, nobody knows. */
const STILL_MS = 1_000;

/** When the screen has had no frame for so long, nobody sees it, whatever the page says. */
const HIDDEN_MS = 200;

/**
 * Puts frames on the screen together with their boxes: in `live` the newest as soon as it comes, in
 * `synced` each one when its answer is there. Long, because it alone keeps these parts in step: what can
 * be decided apart is in them.
 */
export class Presenter {
  readonly #options: PresenterOptions;
  #time = new VideoTime();
  readonly #book = new ResultBook();
  readonly #live: LiveBoxes;
  readonly #synced: SyncedBoxes;
  readonly #playout = new Playout();
  readonly #ring: FrameRing;
  readonly #log = new ShownLog();
  readonly #pictures: PictureGiver;
  readonly #boxes = new BoxList();
  /** What they stand on. */
  #paintedResult: BoxOrigin["result"] = null;
  /** Where boxes would be by now. */
  readonly #later = new BoxList();
  /** Of the last frames that came, ms of video time. */
  #times: number[] = [];
  /** Of results whose frames are still to come. */
  #ahead: number[] = [];
  #display: Display = "live";
  #predict = true;
  #isExpecting = false;
  #isSeen = true;
  /** On the screen now; kept to be painted again. */
  #shown: KeptFrame | null = null;
  #isStale = false;
  #shownAtMs = 0;
  #isStill = false;
  #stillTimer: number | undefined;
  /** Since when the next frame of the screen is waited for; `null`: it is not. */
  #askedAtMs: number | null = null;
  #reportTimer: number | undefined;
  #received = 0;
  #paired = 0;
  #unpaired = 0;

  constructor(options: PresenterOptions) {
    this.#options = options;
    this.#ring = new FrameRing(options.copy);
    this.#pictures = new PictureGiver(options);
    this.#live = new LiveBoxes(options.following);
    this.#synced = new SyncedBoxes(this.#book, this.#live);
  }

  /** Does as the page asks. */
  handle(message: PresenterMessage): void {
    const { painter } = this.#options;
    switch (message.kind) {
      case "area":
        painter.resize(message);
        return this.#repaint();
      case "style":
        painter.setStyle(message.style);
        return this.#repaint();
      case "display":
        this.#predict = message.predict;
        this.#live.predict(message.predict);
        this.#repaint();
        return this.#setDisplay(message.display);
      case "expect":
        this.#isExpecting = message.results;
        return this.#playout.expect(message.results);
      case "result":
        return this.#addResult(message.result);
      case "picture":
        this.#pictures.order(message.id, this.#time.of(message.key) ?? this.#times.at(-1));
        // What is wanted may be on the screen already.
        return this.#repaint();
      case "seen":
        return this.#setSeen(message.isSeen);
      case "reset":
        return this.#forgetResults();
      default:
        return assertNever(message);
    }
  }

  /** Whether the next frame will be painted as soon as it comes. */
  get isLive(): boolean {
    return this.#display === "live" && !this.#isHidden(this.#options.epochMs());
  }

  /** Takes a frame, which it closes in time, and its plate, if there is one. */
  addFrame({ pixels, key, receivedAtMs }: InputFrame, plate: Plate | null = null): void {
    this.#received += 1;
    const { timeMs, isJump } = this.#time.add(key, receivedAtMs);
    if (isJump) this.#startAnew();
    this.#times.push(timeMs);
    if (this.#times.length > MAX_TIMES) this.#times.shift();
    this.#pairAhead(timeMs);
    const frame = new KeptFrame(pixels, { key, timeMs, receivedAtMs }, plate);
    if (!this.#isSeen) {
      this.#log.skip("unseen");
      this.#reportSoon();
      return frame.close();
    }
    // Live, there is never more than one to choose from.
    if (this.#display === "live") this.#log.skip("late", this.#ring.clear());
    this.#log.skip("full", this.#ring.add(frame));
    this.#playout.arrived(frame);
    this.#wake();
    // After the painting: one that waited for its boxes was a whole frame of the screen later. In `synced`
    // boxes are exact, and what nobody sees needs none.
    if (this.#predict && this.#isExpecting && this.isLive) {
      this.#options.following?.look(pixels, timeMs);
    }
  }

  /**
   * A result came, or objects were followed further: the frame on screen is painted again with what a
   * new result says, or where boxes have moved so far that it can be seen.
   */
  followed(): void {
    if (this.#display !== "live" || this.#shown === null || this.#isStill) return;
    this.#later.clear();
    const { timeMs } = this.#shown;
    const { result } = this.#boxesAt(timeMs).collect(timeMs, this.#later);
    if (result !== this.#paintedResult || differ(this.#boxes, this.#later, SEEN_SHARE)) {
      this.#repaint();
    }
  }

  /** No frame of the present source comes any more; its last one is left standing only where `isHeld`. */
  stop(isHeld = false): void {
    this.#startAnew();
    this.#time = new VideoTime();
    this.#shown?.close();
    this.#shown = null;
    if (!isHeld) this.#options.painter.clear();
  }

  #setDisplay(display: Display): void {
    if (display === this.#display) return;
    this.#display = display;
    if (display === "synced") return;
    while (this.#ring.frames.length > 1) {
      this.#ring.take(0)?.close();
      this.#log.skip("late");
    }
  }

  #setSeen(isSeen: boolean): void {
    this.#isSeen = isSeen;
    if (isSeen) return this.#repaint();
    this.#log.skip("unseen", this.#ring.clear());
  }

  #addResult(result: PresentResult): void {
    const timeMs = this.#time.of(result.key);
    const newestMs = this.#times.at(-1) ?? Infinity;
    if (timeMs !== null && timeMs > newestMs + SAME_FRAME_MS) this.#ahead.push(timeMs);
    else if (timeMs !== null && this.#times.some((time) => isSame(time, timeMs))) this.#paired += 1;
    else this.#unpaired += 1;
    // Nothing came for seconds.
    if (this.#ahead.length > MAX_TIMES) this.#pairAhead(Infinity);
    // Of another source, as one that was still in work when this one began.
    if (timeMs === null || !this.#isNear(timeMs)) return;
    this.#live.add(this.#book.add(timeMs, result), this.#times.at(-1) ?? timeMs);
    this.#playout.answered(timeMs, this.#options.epochMs(), this.#ring.frames);
    // In `synced` the frame on screen has its boxes already; what is being followed says when it is.
    if (this.#options.following?.isWorking !== true) this.followed();
  }

  /** Counts results that overtook their frames, now that the one at `timeMs` came. */
  #pairAhead(timeMs: number): void {
    const due = this.#ahead.filter((time) => time <= timeMs + SAME_FRAME_MS);
    const paired = due.filter((time) => isSame(time, timeMs)).length;
    this.#paired += paired;
    this.#unpaired += due.length - paired;
    this.#ahead = this.#ahead.filter((time) => !due.includes(time));
  }

  /** Whether a frame of this time can be of the video that comes now. */
  #isNear(timeMs: number): boolean {
    const newestMs = this.#times.at(-1);
    return newestMs === undefined || Math.abs(timeMs - newestMs) <= MAX_RESULT_APART_MS;
  }

  #forgetResults(): void {
    this.#book.clear();
    this.#live.clear();
    this.#playout.forgetResults();
    this.#repaint();
  }

  /** Another video. */
  #startAnew(): void {
    this.#forgetResults();
    this.#times = [];
    this.#pairAhead(Infinity);
    this.#pictures.clear();
    this.#playout.reset();
    this.#options.following?.reset();
    this.#log.skip("late", this.#ring.clear());
  }

  #repaint(): void {
    this.#isStale = this.#shown !== null;
    if (this.#isStale) this.#wake();
  }

  /** Something changed. What is painted before the screen's next frame is seen that much earlier. */
  #wake(): void {
    if (!this.#isSeen) return;
    const nowMs = this.#options.epochMs();
    const isLive = this.#display === "live";
    if (isLive && !this.#log.isPainted && !this.#isHidden(nowMs)) this.#present(nowMs);
    this.#ask(nowMs);
  }

  #isHidden(nowMs: number): boolean {
    return !this.#isSeen || (this.#askedAtMs !== null && nowMs - this.#askedAtMs > HIDDEN_MS);
  }

  #ask(nowMs: number): void {
    if (this.#askedAtMs !== null) return;
    this.#askedAtMs = nowMs;
    this.#options.requestFrame(this.#tick);
  }

  /** A frame of the screen begins. */
  readonly #tick = (atMs: number): void => {
    this.#askedAtMs = null;
    this.#log.displayed(atMs);
    this.#present(atMs);
    this.#log.composed();
    if (this.#log.isWaiting || this.#ring.frames.length > 0) this.#ask(atMs);
    if (this.#log.hasNews) this.#reportSoon();
  };

  /** The frame path: what is to be seen now, painted in one go. */
  #present(nowMs: number): void {
    const next = this.#takeDue(nowMs);
    if (next !== null) {
      this.#shown?.close();
      this.#shown = next;
      this.#shownAtMs = this.#options.timers.nowMs();
      this.#isStill = false;
    }
    if (this.#shown !== null && (next !== null || this.#isStale)) {
      this.#paint(this.#shown, next !== null);
    }
    this.#isStale = false;
  }

  #takeDue(nowMs: number): KeptFrame | null {
    const { frames, isFull } = this.#ring;
    if (this.#display === "live") return this.#ring.take(frames.length - 1);
    const index = this.#playout.pick(nowMs, frames, isFull);
    if (index === null) return null;
    this.#log.skip("late", index);
    return this.#ring.take(index);
  }

  #paint(frame: KeptFrame, isFirst: boolean): void {
    const { key, timeMs, receivedAtMs } = frame;
    this.#boxes.clear();
    const { boxes, result } = this.#collect(timeMs);
    this.#paintedResult = result;
    if (this.#isStill) this.#boxes.clear();
    else if (this.#boxes.length > 0) this.#watchStill(STILL_MS);
    const isWorkedOut = this.#display === "synced" && boxes !== "own";
    try {
      const stroke = isWorkedOut ? "broken" : "bold";
      this.#options.painter.paint(frame.pixels, this.#boxes, stroke, frame.canvas);
    } catch {
      if (isFirst) this.#log.skip("broken");
      this.#shown = null;
      return frame.close();
    }
    if (result !== null) this.#pictures.painted(timeMs + SAME_FRAME_MS);
    this.#log.painted({
      key,
      receivedAtMs,
      isFirst,
      boxes: this.#isStill ? "none" : boxes,
      resultKey: this.#isStill ? null : result?.result.key ?? null,
      ageMs: this.#isStill || result === null ? null : ageOf(boxes, timeMs - result.timeMs),
    });
  }

  /** One timer, however many frames come meanwhile. */
  #watchStill(waitMs: number): void {
    const { timers } = this.#options;
    this.#stillTimer ??= timers.setTimeout(() => {
      this.#stillTimer = undefined;
      const leftMs = this.#shownAtMs + STILL_MS - timers.nowMs();
      if (leftMs > 0) return this.#watchStill(leftMs);
      this.#isStill = true;
      this.#repaint();
    }, waitMs);
  }

  #collect(timeMs: number): BoxOrigin {
    return this.#boxesAt(timeMs).collect(timeMs, this.#boxes);
  }

  /** A result that overtook its picture, as one of the server's own camera does, makes `live` exact too. */
  #boxesAt(timeMs: number): Pick<LiveBoxes, "collect"> {
    const newestMs = this.#book.newest?.timeMs ?? -Infinity;
    const isAhead = this.#predict && newestMs > timeMs + SAME_FRAME_MS;
    return this.#display === "synced" || isAhead ? this.#synced : this.#live;
  }

  #reportSoon(): void {
    this.#reportTimer ??= this.#options.timers.setTimeout(() => {
      this.#reportTimer = undefined;
      this.#report();
    }, REPORT_MS);
  }

  #report(): void {
    this.#options.post({
      kind: "shown",
      frames: this.#log.take(),
      counts: {
        received: this.#received,
        shown: this.#log.shownCount,
        skipped: this.#log.skipped,
        paired: this.#paired,
        unpaired: this.#unpaired,
        fallenBack: this.#options.following?.fallenBack ?? 0,
      },
      delayMs: this.#display === "live" ? 0 : this.#playout.delayMs,
    });
  }
}

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= SAME_FRAME_MS;
}

/** Boxes in between are of the frame's own time: of neither result's. */
function ageOf(boxes: BoxSource, behindMs: number): number | null {
  if (boxes === "predicted" || boxes === "followed") return behindMs;
  return boxes === "own" ? 0 : null;
}
