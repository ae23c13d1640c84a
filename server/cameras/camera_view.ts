import type { CameraState } from "@/protocol";
import type { KeepingLimits } from "../child/supervisor_state.ts";
import type { CameraCounters } from "./counters.ts";
import { type AccessUnit, Encoder } from "./encoder.ts";
import { type FrameFormat, framesPerSecond } from "./ffmpeg_args.ts";
import type { FrameName } from "./frame_names.ts";
import { Keeper } from "./keeper.ts";
import { encoderProblem, unableToStart } from "./problems.ts";
import { RateWatch } from "./rate_watch.ts";

/** Nobody watches for so long: what runs for it is let go. Who reloads a page does not wait for it again. */
export const IDLE_MS = 5_000;

/** Of encoders: their silence says nothing, since they get no frames while the source has none. */
export const ENCODER_LIMITS: KeepingLimits = {
  startMs: Infinity,
  startSilenceMs: Infinity,
  silenceMs: Infinity,
  backoffMs: [50, 500, 2_000, 5_000, 10_000],
};

/**
 * How a camera is shown. `burned`: of the frames that the tap gives away those with their boxes, drawn into
 * the very frame, and no others; while none come, all frames without.
 */
export type CameraViewKind = "plain" | "burned";

/** One who watches. */
export interface Watcher {
  /** `not-yet`: it is not there yet, or waits for a key frame. */
  send(unit: AccessUnit): "sent" | "not-yet" | "behind";
  sendState(state: CameraState): void;
}

/** What a view is given. */
export interface CameraViewOptions {
  readonly ffmpeg: string;
  readonly counters: CameraCounters;
  readonly onChange: () => void;
  readonly onLine: (line: string) => void;
}

/** One way of showing a camera: those who watch it so, and the one encoder for all of them. */
export class CameraView {
  readonly #counters: CameraCounters;
  readonly #watchers = new Set<Watcher>();
  readonly #encoder: Keeper;
  readonly #rates = new RateWatch();
  #open: Encoder | null = null;
  /** Of the frames that are encoded, with the rate that is reckoned with; `null` before the first. */
  #format: FrameFormat | null = null;
  #watchedAtMs = 0;

  constructor({ ffmpeg, counters, onChange, onLine }: CameraViewOptions) {
    this.#counters = counters;
    this.#encoder = new Keeper({
      limits: ENCODER_LIMITS,
      unable: unableToStart,
      onChange,
      open: ({ heard, ended }) => {
        this.#open = new Encoder(ffmpeg, this.#format!, {
          onUnit: (unit) => {
            heard();
            this.#send(unit);
          },
          onEnd: (lines) => ended(encoderProblem(lines)),
          onLine,
        });
        return this.#open;
      },
    });
  }

  /** Whether anybody watches. */
  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  /** How its encoder is; `stalled`, only once a restart was of no use. */
  get trouble():
    | { readonly status: "unavailable" | "stalled"; readonly problem: string | null }
    | null {
    const { state, problem } = this.#encoder;
    if (state?.kind === "unable") return { status: "unavailable", problem };
    // The first restart is over before anybody could read of it.
    if (state?.kind === "restarting" && state.failures > 1) return { status: "stalled", problem };
    return null;
  }

  /** Somebody watches. */
  watch(watcher: Watcher): void {
    this.#watchers.add(watcher);
    if (this.#format !== null) this.#encoder.want(true);
  }

  /** Somebody does not any more, if it did. */
  unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  /** Frames are like this from now on. */
  setFormat(format: FrameFormat): void {
    const before = this.#format;
    this.#format = format;
    const isOther = before?.widthPx !== format.widthPx || before.heightPx !== format.heightPx ||
      before.rate !== format.rate;
    if (isOther) this.#encoder.restart();
    if (this.isWatched) this.#encoder.want(true);
  }

  /** Encodes a frame, which is copied, for those who watch. */
  encode(i420: Uint8Array, name: FrameName): void {
    const fps = this.#rates.frame(name.captureTimeMs, framesPerSecond(this.#format!));
    // A camera in the dark may give two frames a second, and one with a wrong clock says anything: the
    // encoder reckons with a rate for key frames and bits.
    if (fps !== null) {
      this.setFormat({ ...this.#format!, rate: String(Math.max(1, Math.round(fps))) });
    }
    if (!this.#encoder.isRunning || this.#open === null) return;
    if (!this.#open.encode(i420, name)) this.#counters.drop("encoder-busy");
  }

  /** The source begins again: its rate is not that of the frames before and after. */
  begins(): void {
    this.#rates.clear();
  }

  /** Tells all who watch how the camera is. */
  sendState(state: CameraState): void {
    for (const watcher of this.#watchers) watcher.sendState(state);
  }

  /** To be called several times a second. @param lateMs How much later than it was due. */
  tick(lateMs: number): void {
    this.#encoder.tick(lateMs);
    const nowMs = performance.now();
    if (this.isWatched) this.#watchedAtMs = nowMs;
    else if (nowMs - this.#watchedAtMs >= IDLE_MS) this.#encoder.want(false);
  }

  /** Ends what runs; those who watch stay. */
  close(): void {
    this.#encoder.want(false);
    this.#open = null;
    this.#format = null;
  }

  #send(unit: AccessUnit): void {
    for (const watcher of this.#watchers) {
      const outcome = watcher.send(unit);
      if (outcome === "sent") this.#counters.framesSent += 1;
      else if (outcome === "behind") this.#counters.drop("viewer-behind");
    }
  }
}
