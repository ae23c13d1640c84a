import { type CameraState, type CameraStatus, FramePace } from "@/protocol";
import type { KeepingLimits } from "../child/supervisor_state.ts";
import { type CameraSpec, withoutSecrets } from "./camera_spec.ts";
import type { CameraCounters } from "./counters.ts";
import { type AccessUnit, Encoder } from "./encoder.ts";
import { type FrameFormat, framesPerSecond } from "./ffmpeg_args.ts";
import { type FrameName, FrameNames } from "./frame_names.ts";
import { JpegTap } from "./jpeg_tap.ts";
import { Keeper } from "./keeper.ts";
import { encoderProblem, sourceProblem, unableToStart } from "./problems.ts";
import { RateWatch } from "./rate_watch.ts";
import type { OpenSource, Source } from "./source.ts";

/** Nobody watches for so long: the source is let go. Who reloads a page does not wait for it again. */
export const IDLE_MS = 5_000;

/** More frames a second than this are not encoded; from a source that gives some more, all are. */
export const MAX_FPS = 30;
const FPS_SLACK = 3;

/** Connecting takes its time; a picture that stands for so long is none. */
export const SOURCE_LIMITS: KeepingLimits = {
  startMs: 15_000,
  startSilenceMs: 15_000,
  silenceMs: 3_000,
  backoffMs: [500, 1_000, 2_000, 4_000, 8_000, 10_000],
};

/** Of encoders: their silence says nothing, since they get no frames while the source has none. */
const ENCODER_LIMITS: KeepingLimits = {
  startMs: Infinity,
  startSilenceMs: Infinity,
  silenceMs: Infinity,
  backoffMs: [50, 500, 2_000, 5_000, 10_000],
};

/** One who watches. */
export interface Watcher {
  /** `not-yet`: it is not there yet, or waits for a key frame. */
  send(unit: AccessUnit): "sent" | "not-yet" | "behind";
  sendState(state: CameraState): void;
}

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
  /** A line of ffmpeg's, without secrets. */
  readonly onLine: (line: string) => void;
}

/**
 * One camera: its source, its encoder, who watches, and its tap. Each part runs only while it is wanted,
 * is replaced when it ends or hangs, and never waits for another. Longer than others, since all of it
 * meets at each frame.
 */
export class Camera {
  readonly spec: CameraSpec;
  readonly #options: CameraOptions;
  readonly #watchers = new Set<Watcher>();
  readonly #names = new FrameNames();
  readonly #rates = new RateWatch();
  readonly #pace = new FramePace();
  readonly #source: Keeper;
  readonly #encoder: Keeper;
  readonly #tap: Keeper;
  #openSource: Source | null = null;
  #openEncoder: Encoder | null = null;
  #openTap: JpegTap | null = null;
  /** Of the source, with the rate that is reckoned with; `null` before its first frame. */
  #format: FrameFormat | null = null;
  #tapIntervalMs: number | null = null;
  #watchedAtMs = 0;
  #wantedAtMs = 0;
  /** Idle, which is told of all cameras at the start. */
  #told = "idle null";
  #toldState: string | null = null;

  constructor(options: CameraOptions) {
    this.spec = options.spec;
    this.#options = options;
    const onChange = () => this.#tell();
    const unable = unableToStart;
    this.#source = new Keeper({
      limits: SOURCE_LIMITS,
      unable,
      onChange,
      open: ({ heard, ended }) => {
        this.#rates.clear();
        const source = options.openSource({
          onFormat: (format) => this.#setFormat(format),
          onFrame: (i420, captureTimeMs) => {
            heard();
            this.#frame(i420, captureTimeMs);
          },
          onEnd: (lines) => ended(sourceProblem(this.spec.kind, lines)),
          onLine: (line) => this.#line(line),
        });
        this.#openSource = source;
        return source;
      },
    });
    this.#encoder = new Keeper({
      limits: ENCODER_LIMITS,
      unable,
      onChange,
      open: ({ heard, ended }) => {
        const encoder = new Encoder(options.ffmpeg, this.#format!, {
          onUnit: (unit) => {
            heard();
            this.#send(unit);
          },
          onEnd: (lines) => ended(encoderProblem(lines)),
          onLine: (line) => this.#line(line),
        });
        this.#openEncoder = encoder;
        return encoder;
      },
    });
    this.#tap = new Keeper({
      limits: ENCODER_LIMITS,
      unable,
      onChange,
      open: ({ heard, ended }) => {
        const tap = new JpegTap(options.ffmpeg, this.#format!, {
          onJpeg: (jpeg, name) => {
            heard();
            options.onTapped({ ...name, jpeg, ...tap.size });
          },
          onEnd: (lines) => ended(encoderProblem(lines)),
          onLine: (line) => this.#line(line),
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
    const keepers = [this.#source, this.#encoder, this.#tap];
    const unable = keepers.find(({ state }) => state?.kind === "unable");
    if (unable !== undefined) return { status: "unavailable", problem: unable.problem };
    const { problem } = this.#source;
    if (source.kind !== "ready") {
      return { status: problem === null ? "starting" : "stalled", problem };
    }
    // The first restart of an encoder is over before anybody could read of it.
    const encoder = this.#encoder.state;
    if (encoder?.kind === "restarting" && encoder.failures > 1) {
      return { status: "stalled", problem: this.#encoder.problem };
    }
    return { status: "live", problem: null };
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

  /** Process ids of its ffmpegs, for tests. */
  get pids(): { readonly source: number | null; readonly encoder: number | null } {
    return {
      source: this.#openSource?.pid ?? null,
      encoder: this.#openEncoder?.pid ?? null,
    };
  }

  /** Somebody watches. */
  watch(watcher: Watcher): void {
    this.#watchers.add(watcher);
    this.#want();
  }

  /** Somebody does not any more. */
  unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    this.#want();
  }

  /** JPEGs are wanted at most every `minIntervalMs`; `null`: none. */
  tap(minIntervalMs: number | null): void {
    this.#tapIntervalMs = minIntervalMs;
    this.#want();
  }

  /** To be called several times a second. @param lateMs How much later than it was due. */
  tick(lateMs: number): void {
    for (const keeper of [this.#source, this.#encoder, this.#tap]) keeper.tick(lateMs);
    const nowMs = performance.now();
    if (this.#isWatched) this.#watchedAtMs = nowMs;
    if (this.#isWanted) this.#wantedAtMs = nowMs;
    if (nowMs - this.#watchedAtMs >= IDLE_MS) this.#encoder.want(false);
    if (nowMs - this.#wantedAtMs >= IDLE_MS && this.#source.state !== null) this.close();
  }

  /** Ends all that runs. */
  close(): void {
    for (const keeper of [this.#source, this.#encoder, this.#tap]) keeper.want(false);
    this.#openSource = null;
    this.#openEncoder = null;
    this.#openTap = null;
    this.#format = null;
    this.#tell();
  }

  get #isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  get #isWanted(): boolean {
    return this.#isWatched || this.#tapIntervalMs !== null;
  }

  #want(): void {
    // What is not wanted any more is ended by `tick`, after a while.
    if (this.#isWanted) this.#source.want(true);
    this.#wantFfmpegs();
  }

  /** What makes something of frames can only be started when it is known what these are like. */
  #wantFfmpegs(): void {
    if (this.#format === null) return;
    if (this.#isWatched) this.#encoder.want(true);
    this.#tap.want(this.#tapIntervalMs !== null);
  }

  #setFormat(format: FrameFormat): void {
    const before = this.#format;
    this.#format = format;
    this.#pace.set(isFast(framesPerSecond(format)) ? 1000 / MAX_FPS : 0);
    const isOther = before === null || before.widthPx !== format.widthPx ||
      before.heightPx !== format.heightPx || before.rate !== format.rate;
    if (isOther && before !== null) {
      this.#encoder.restart();
      this.#tap.restart();
    }
    this.#wantFfmpegs();
    this.#tell();
  }

  #frame(i420: Uint8Array, captureTimeMs: number): void {
    const { counters } = this.#options;
    const format = this.#format!;
    counters.framesRead += 1;
    const fps = this.#rates.frame(captureTimeMs, framesPerSecond(format));
    // A camera in the dark may give two frames a second, and one with a wrong clock says anything.
    if (fps !== null) this.#setFormat({ ...format, rate: String(Math.max(1, Math.round(fps))) });
    const turnAtMs = this.#pace.turnAtMs;
    if (turnAtMs !== null && captureTimeMs < turnAtMs) return counters.drop("pace");
    this.#pace.taken(captureTimeMs);
    const name = this.#names.next(captureTimeMs);
    if (this.#encoder.isRunning && this.#openEncoder !== null) {
      if (!this.#openEncoder.encode(i420, name)) counters.drop("encoder-busy");
    }
    if (this.#tapIntervalMs !== null && this.#tap.isRunning && this.#openTap !== null) {
      const outcome = this.#openTap.offer(i420, name, this.#tapIntervalMs);
      if (outcome === "busy") counters.drop("tap-busy");
    }
  }

  #send(unit: AccessUnit): void {
    const { counters } = this.#options;
    for (const watcher of this.#watchers) {
      const outcome = watcher.send(unit);
      if (outcome === "sent") counters.framesSent += 1;
      else if (outcome === "behind") counters.drop("viewer-behind");
    }
  }

  #line(line: string): void {
    this.#options.onLine(withoutSecrets(line, this.spec));
  }

  #tell(): void {
    const { status, problem } = this.status;
    const told = `${status} ${problem}`;
    if (told !== this.#told) this.#options.onStatus(status, problem);
    this.#told = told;
    const { state } = this;
    const toldState = JSON.stringify(state);
    if (toldState !== this.#toldState) {
      for (const watcher of this.#watchers) watcher.sendState(state);
    }
    this.#toldState = toldState;
  }
}

function isFast(fps: number): boolean {
  return fps > MAX_FPS + FPS_SLACK;
}
