import { type CameraState, type CameraStatus, FramePace } from "@/protocol";
import type { KeepingLimits } from "../child/supervisor_state.ts";
import { type CameraSpec, withoutSecrets } from "../base/camera_spec.ts";
import {
  CameraView,
  type CameraViewKind,
  ENCODER_LIMITS,
  IDLE_MS,
  type Watcher,
} from "./camera_view.ts";
import type { CameraCounters } from "./counters.ts";
import { type BurnedBox, drawBoxes } from "./draw_boxes.ts";
import { type FrameFormat, framesPerSecond } from "./ffmpeg_args.ts";
import { type FrameName, FrameNames } from "./frame_names.ts";
import { HeldFrames } from "./held_frames.ts";
import { JpegTap } from "./jpeg_tap.ts";
import { Keeper } from "./keeper.ts";
import { encoderProblem, sourceProblem, unableToStart } from "./problems.ts";
import { RateWatch } from "./rate_watch.ts";
import type { OpenSource } from "./source.ts";

/** More frames a second than this are not encoded; from a source that gives some more, all are. */
export const MAX_FPS = 30;
const FPS_SLACK = 3;

/** Connecting takes its time; a picture that stands for so long is none. */
export const SOURCE_LIMITS: KeepingLimits = {
  startMs: 15_000,
  startSilenceMs: 15_000,
  silenceMs: 3_000,
  // What just worked is likely to work at once.
  backoffMs: [100, 500, 1_000, 2_000, 4_000, 8_000, 10_000],
};

/** Without boxes for so long, the picture with boxes burned in goes on without. */
export const UNMARKED_MS = 1_000;

/** One wanted frame as JPEG. */
export interface TappedFrame extends FrameName {
  readonly jpeg: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What a camera is given. */
export interface CameraOptions {
  readonly spec: CameraSpec;
  readonly ffmpeg: string;
  readonly openSource: OpenSource;
  readonly counters: CameraCounters;
  readonly onStatus: (status: CameraStatus, problem: string | null) => void;
  readonly onTapped: (frame: TappedFrame) => void;
  /** Whether boxes are wanted, see {@linkcode Camera.boxes}. */
  readonly onBurned: (on: boolean) => void;
  /** A line of ffmpeg's, without secrets. */
  readonly onLine: (line: string) => void;
}

/**
 * One camera: its source, the ways of showing it, and its tap. Each part runs only while it is wanted, is
 * replaced when it ends or hangs, and never waits for another. Longer than others, since all of it meets
 * at each frame.
 */
export class Camera {
  readonly spec: CameraSpec;
  readonly #options: CameraOptions;
  readonly #names = new FrameNames();
  readonly #rates = new RateWatch();
  readonly #pace = new FramePace();
  readonly #source: Keeper;
  readonly #views: Readonly<Record<CameraViewKind, CameraView>>;
  readonly #tap: Keeper;
  readonly #held = new HeldFrames();
  #openTap: JpegTap | null = null;
  /** Of the source; `null` before its first frame. */
  #format: FrameFormat | null = null;
  #tapIntervalMs: number | null = null;
  #wantedAtMs = 0;
  #boxesAtMs = -Infinity;
  /** The newest frame that was shown with boxes burned in, or without for want of any. */
  #burnedIndex = -1;
  #isBurned = false;
  /** Idle, which is told of all cameras at the start. */
  #told = "idle null";
  #toldState: string | null = null;

  constructor(options: CameraOptions) {
    const { ffmpeg, counters } = options;
    this.spec = options.spec;
    this.#options = options;
    const onChange = () => this.#tell();
    const onLine = (line: string) => options.onLine(withoutSecrets(line, this.spec));
    const view = () => new CameraView({ ffmpeg, counters, onChange, onLine });
    this.#views = { plain: view(), burned: view() };
    this.#source = new Keeper({
      limits: SOURCE_LIMITS,
      unable: unableToStart,
      onChange,
      open: ({ heard, ended }) => {
        this.#rates.clear();
        for (const each of this.#allViews) each.begins();
        return options.openSource({
          onFormat: (format) => this.#setFormat(format),
          onFrame: (i420, captureTimeMs) => {
            heard();
            this.#frame(i420, captureTimeMs);
          },
          onEnd: (lines) => ended(sourceProblem(this.spec.kind, lines)),
          onLine,
        });
      },
    });
    this.#tap = new Keeper({
      limits: ENCODER_LIMITS,
      unable: unableToStart,
      onChange,
      open: ({ heard, ended }) => {
        const tap = new JpegTap(ffmpeg, this.#format!, {
          onJpeg: (jpeg, name) => {
            heard();
            options.onTapped({ ...name, jpeg, ...tap.size });
          },
          onEnd: (lines) => ended(encoderProblem(lines)),
          onLine,
        });
        this.#openTap = tap;
        return tap;
      },
    });
  }

  /** How it is, for pages. */
  get status(): { readonly status: CameraStatus; readonly problem: string | null } {
    const source = this.#source.state;
    if (source === null) return { status: "idle", problem: null };
    const unable = [this.#source, this.#tap].find(({ state }) => state?.kind === "unable");
    const trouble = this.#allViews.map((view) => view.trouble).filter((one) => one !== null);
    const unavailable = unable ?? trouble.find(({ status }) => status === "unavailable");
    if (unavailable !== undefined) return { status: "unavailable", problem: unavailable.problem };
    const { problem } = this.#source;
    if (source.kind !== "ready") {
      return { status: problem === null ? "starting" : "stalled", problem };
    }
    return trouble[0] ?? { status: "live", problem: null };
  }

  /** The same for a viewer's page, as phones say it. */
  get state(): CameraState {
    const isLive = this.status.status === "live";
    return {
      type: "camera-state",
      status: isLive ? "live" : "lost",
      facing: null,
      canSwitch: false,
      torch: null,
      zoom: null,
      profile: "balanced",
      widthPx: this.#format?.widthPx ?? null,
      heightPx: this.#format?.heightPx ?? null,
      fps: this.#format && Math.round(framesPerSecond(this.#format)),
    };
  }

  /** Somebody watches. */
  watch(watcher: Watcher, kind: CameraViewKind): void {
    this.#views[kind].watch(watcher);
    this.#want();
    this.#tellBurned();
  }

  /** Somebody does not any more. What runs for nobody is ended by `tick`, after a while. */
  unwatch(watcher: Watcher): void {
    for (const view of this.#allViews) view.unwatch(watcher);
    this.#tellBurned();
  }

  /** JPEGs are wanted at most every `minIntervalMs`; `null`: none. */
  tap(minIntervalMs: number | null): void {
    this.#tapIntervalMs = minIntervalMs;
    this.#want();
  }

  /** What was found on a frame that the tap gave away, for those who watch with boxes burned in. */
  boxes(rtpTimestamp: number, boxes: readonly BurnedBox[]): void {
    const format = this.#format;
    if (!this.#views.burned.isWatched || format === null) return;
    this.#boxesAtMs = performance.now();
    const unmarked = this.#held.take(rtpTimestamp, ({ name, i420 }) => {
      // One that came so late that the picture has gone on without: time does not go back.
      if (name.index <= this.#burnedIndex) return this.#options.counters.drop("boxes-late");
      drawBoxes({ ...format, i420 }, boxes);
      this.#burn(i420, name);
    });
    for (let n = 0; n < (unmarked ?? 1); n++) this.#options.counters.drop("boxes-late");
  }

  /** To be called several times a second. @param lateMs How much later than it was due. */
  tick(lateMs: number): void {
    for (const part of [this.#source, this.#tap, ...this.#allViews]) part.tick(lateMs);
    const nowMs = performance.now();
    if (this.#isWanted) this.#wantedAtMs = nowMs;
    if (nowMs - this.#wantedAtMs >= IDLE_MS && this.#source.state !== null) this.close();
  }

  /** Ends all that runs. */
  close(): void {
    this.#source.want(false);
    this.#tap.want(false);
    for (const view of this.#allViews) view.close();
    this.#held.clear();
    this.#openTap = null;
    this.#format = null;
    this.#tell();
  }

  get #allViews(): readonly CameraView[] {
    return [this.#views.plain, this.#views.burned];
  }

  get #isWanted(): boolean {
    return this.#tapIntervalMs !== null || this.#allViews.some((view) => view.isWatched);
  }

  #want(): void {
    if (this.#isWanted) this.#source.want(true);
    // It can only be started when it is known what frames are like.
    if (this.#format !== null) this.#tap.want(this.#tapIntervalMs !== null);
  }

  #setFormat(format: FrameFormat): void {
    const before = this.#format;
    this.#format = format;
    const fps = framesPerSecond(format);
    const isFast = fps > MAX_FPS + FPS_SLACK;
    this.#pace.set(isFast ? 1000 / MAX_FPS : 0);
    const shown = isFast ? { ...format, rate: String(MAX_FPS) } : format;
    for (const view of this.#allViews) view.setFormat(shown);
    if (before?.widthPx !== format.widthPx || before.heightPx !== format.heightPx) {
      this.#held.clear();
      this.#tap.restart();
    }
    this.#want();
    this.#tell();
  }

  #frame(i420: Uint8Array, captureTimeMs: number): void {
    const { counters } = this.#options;
    const format = this.#format!;
    counters.framesRead += 1;
    const fps = this.#rates.frame(captureTimeMs, framesPerSecond(format));
    if (fps !== null) this.#setFormat({ ...format, rate: String(Math.max(1, Math.round(fps))) });
    const turnAtMs = this.#pace.turnAtMs;
    if (turnAtMs !== null && captureTimeMs < turnAtMs) return counters.drop("pace");
    this.#pace.taken(captureTimeMs);
    const name = this.#names.next(captureTimeMs);
    this.#views.plain.encode(i420, name);
    const isTapped = this.#offer(i420, name);
    if (!this.#views.burned.isWatched) return;
    if (isTapped && !this.#held.hold(i420, name)) counters.drop("boxes-late");
    if (performance.now() - this.#boxesAtMs >= UNMARKED_MS) this.#burn(i420, name);
  }

  /** @returns Whether it is being made a JPEG. */
  #offer(i420: Uint8Array, name: FrameName): boolean {
    if (this.#tapIntervalMs === null || !this.#tap.isRunning || this.#openTap === null) {
      return false;
    }
    const outcome = this.#openTap.offer(i420, name, this.#tapIntervalMs);
    if (outcome === "busy") this.#options.counters.drop("tap-busy");
    return outcome === "taken";
  }

  #burn(i420: Uint8Array, name: FrameName): void {
    this.#burnedIndex = name.index;
    this.#views.burned.encode(i420, name);
  }

  #tellBurned(): void {
    const { isWatched } = this.#views.burned;
    if (isWatched !== this.#isBurned) this.#options.onBurned(isWatched);
    this.#isBurned = isWatched;
  }

  #tell(): void {
    const { status, problem } = this.status;
    const told = `${status} ${problem}`;
    if (told !== this.#told) this.#options.onStatus(status, problem);
    this.#told = told;
    const { state } = this;
    const toldState = JSON.stringify(state);
    if (toldState !== this.#toldState) { for (const view of this.#allViews) view.sendState(state); }
    this.#toldState = toldState;
  }
}
