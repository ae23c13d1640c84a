import { type ModelInput, type Profile, workShares } from "@/protocol";
import { type Effort, effortFor } from "../inference/effort.ts";
import type { Side } from "../inference/detector.ts";
import { type LoadState, startLoad, stepLoad } from "../inference/load_level.ts";
import { paceOf, PaceSavings, type RunShares } from "./detection_pace.ts";
import { LoadMeter } from "../inference/load_meter.ts";
import { type SizeBounds, type SizeState, startSize, stepSize } from "../inference/size_choice.ts";
import type { FrameResult } from "../inference/worker_messages.ts";

/** How often the level is looked at anew, ms. */
const STEP_MS = 1_000;

/** Five results a second are as many as a phone is shown. */
const UNSEEN_INTERVAL_MS = 200;

/** What a camera gives as a rule, until it was measured. */
const USUAL_FPS = 30;

/** The camera that frames come from. */
export interface CameraFacts {
  readonly profile: Profile;
  /** `null`: not measured yet. */
  readonly cameraFps: number | null;
  /** Nobody sees the boxes, nor needs every result: counts and the phone do with a few a second. */
  readonly isUnseen: boolean;
}

/** At which pace frames are examined, and what that saves. */
export interface PaceView {
  /** Detections a second at most; `null`: every frame. */
  readonly fps: number | null;
  readonly runShares: RunShares;
}

/** What is to be done just now; see {@linkcode LoadControl.step}. */
export interface LoadConditions extends CameraFacts {
  /** Warm median of the model's run at its largest size, where frames go now; `null`: not known. */
  readonly warmRunMs: number | null;
}

/** Measures what the detector in use can do and decides how much it is given to do. */
export class LoadControl {
  readonly #meter = new LoadMeter();
  #state: LoadState;
  /** `null`: the detector is not warm yet. */
  #size: SizeState | null = null;
  #shares: readonly number[] = [1];
  #fixedLevel: number | null = null;
  /** Detections a second at most: what a person chose, and what follows from that. */
  #chosenFps: number | null = null;
  #pace: PaceView = { fps: null, runShares: { now: null, everyFrame: null } };
  readonly #savings = new PaceSavings();
  #side: Side | null = null;
  #steppedAtMs: number;

  constructor(nowMs: number) {
    this.#state = startLoad(nowMs);
    this.#steppedAtMs = nowMs;
  }

  /** The level of now, and why. */
  get state(): LoadState {
    return this.#state;
  }

  /** Median age of the last frames when their detections were there, ms. */
  ageMs(nowMs: number): number | null {
    return this.#meter.sample(nowMs).ageMs;
  }

  /** Frames go to the other side from now on; what was measured does not hold for it. */
  setSide(side: Side | null, nowMs: number): void {
    if (side === this.#side) return;
    this.#side = side;
    this.#meter.clear();
    this.#state = startLoad(nowMs);
    this.#size = null;
    this.#savings.clear();
  }

  /** Another model; `null`: none. */
  setModel(input: ModelInput | null): void {
    this.#shares = input === null ? [1] : workShares(input);
    this.#size = null;
    this.#meter.clear();
    this.#savings.clear();
  }

  /** A size that a person chose; `null`: by measurement. */
  setFixedSize(level: number | null): void {
    this.#fixedLevel = level;
  }

  /** The pace of now. */
  get pace(): PaceView {
    return this.#pace;
  }

  /** Detections a second at most, as a person chose; `null`: as the profile has it. */
  setDetectionFps(fps: number | null): void {
    this.#chosenFps = fps;
  }

  /**
   * Takes the pace that goes with the camera's profile.
   * @returns Whether it is another one: how old results were at the one before says nothing of now.
   */
  stepPace(profile: Profile): boolean {
    const fps = paceOf(this.#chosenFps, profile);
    if (fps === this.#pace.fps) return false;
    this.#pace = { fps, runShares: { ...this.#pace.runShares, now: null } };
    this.#meter.clear();
    return true;
  }

  /** A frame is done. `epochMs`: now, ms since the epoch, as the frame's own times are. */
  addResult(
    { grabbedAtMs, waitedMs, stages, remote }: FrameResult,
    { nowMs, epochMs }: { readonly nowMs: number; readonly epochMs: number },
  ): void {
    // To the server two frames are under way at once, so each holds up the next for half its time.
    const costMs = remote === undefined
      ? Object.values(stages).reduce((sum, ms) => sum + ms, 0) - waitedMs
      : ((remote.encodeMs ?? 0) + (remote.roundTripMs ?? remote.serverMs)) /
        effortFor(this.#state.level, "balanced").inFlight;
    const ageMs = Math.max(0, epochMs - grabbedAtMs + waitedMs);
    this.#meter.addResult(nowMs, { ageMs, costMs, runMs: stages.run ?? null });
  }

  /** A frame was given up at this age. */
  addLoss(nowMs: number, ageMs: number): void {
    this.#meter.addLoss(nowMs, ageMs);
  }

  /** Looks at level and size anew if it is time; answers what may be done at them. */
  step(nowMs: number, conditions: LoadConditions): Effort {
    const isDue = nowMs - this.#steppedAtMs >= STEP_MS;
    if (this.#side !== null && isDue) {
      this.#steppedAtMs = nowMs;
      this.#state = stepLoad(this.#state, this.#meter.sample(nowMs));
    }
    // The first size at once: until then it is the largest.
    if (this.#side !== null && (isDue || this.#size === null)) this.#stepSize(nowMs, conditions);
    const sizeLevel = this.#fixedLevel ?? this.#size?.level ?? 0;
    this.#tellPace(nowMs, sizeLevel, conditions.isUnseen);
    const effort = effortFor(this.#state.level, conditions.profile, sizeLevel);
    if (effort.minIntervalMs === null) return effort;
    const { fps } = this.#pace;
    const minIntervalMs = Math.max(
      effort.minIntervalMs,
      fps === null ? 0 : 1000 / fps,
      conditions.isUnseen ? UNSEEN_INTERVAL_MS : 0,
    );
    return { ...effort, minIntervalMs };
  }

  /** Nothing is said while something else holds frames back. */
  #tellPace(nowMs: number, sizeLevel: number, isUnseen: boolean): void {
    const { fps } = this.#pace;
    const isFree = this.#state.level === "full" && !isUnseen;
    const share = isFree ? this.#meter.runShare(nowMs) : null;
    this.#pace = { fps, runShares: this.#savings.shares({ pace: fps, share, sizeLevel }) };
  }

  #stepSize(nowMs: number, { profile, cameraFps, warmRunMs }: LoadConditions): void {
    const last = this.#shares.length - 1;
    // Where there is too much to do, a larger picture is the last thing to ask for.
    const isLeast = profile === "low" || this.#state.level !== "full";
    const bounds: SizeBounds = { shares: this.#shares, least: isLeast ? last : 0 };
    // Not at the pace that was chosen: that is to save work, not to make room for a larger picture.
    const { minIntervalMs } = effortFor(this.#state.level, profile);
    const intervalMs = Math.max(minIntervalMs ?? 0, 1000 / (cameraFps || USUAL_FPS));
    if (this.#size === null) {
      if (warmRunMs !== null) this.#size = startSize(warmRunMs, intervalMs, bounds);
      return;
    }
    const { costMs, runMs } = this.#meter.sample(nowMs);
    const before = this.#size.level;
    this.#size = stepSize(this.#size, { nowMs, intervalMs, costMs, runMs }, bounds);
    // What was measured is of the other size.
    if (this.#size.level !== before) this.#meter.clear();
  }
}
