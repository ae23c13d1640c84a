import type { Profile } from "@/protocol";
import { type Effort, effortFor } from "../inference/effort.ts";
import type { Side } from "../inference/detector.ts";
import { type LoadState, startLoad, stepLoad } from "../inference/load_level.ts";
import { LoadMeter } from "../inference/load_meter.ts";
import type { FrameResult } from "../inference/worker_messages.ts";

/** How often the level is looked at anew, ms. */
const STEP_MS = 1_000;

/** Measures what the detector in use can do and decides how much it is given to do. */
export class LoadControl {
  readonly #meter = new LoadMeter();
  #state: LoadState;
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

  /** Frames go another way from now on; what was measured does not hold for it. */
  setSide(side: Side | null, nowMs: number): void {
    if (side === this.#side) return;
    this.#side = side;
    this.#meter.clear();
    this.#state = startLoad(nowMs);
  }

  /** A frame is done. `epochMs`: now, ms since the epoch, as the frame's own times are. */
  addResult(
    { grabbedAtMs, waitedMs, stages, remote }: FrameResult,
    { nowMs, epochMs }: { readonly nowMs: number; readonly epochMs: number },
  ): void {
    const ageMs = Math.max(0, epochMs - grabbedAtMs + waitedMs);
    // To the server two frames are under way at once, so each holds up the next for half its time.
    const costMs = remote === undefined
      ? Object.values(stages).reduce((sum, ms) => sum + ms, 0)
      : (remote.encodeMs + remote.roundTripMs) / effortFor(this.#state.level, "balanced").inFlight;
    this.#meter.addResult(nowMs, { ageMs, costMs });
  }

  /** A frame was given up at this age. */
  addLoss(nowMs: number, ageMs: number): void {
    this.#meter.addLoss(nowMs, ageMs);
  }

  /** Looks at the level anew if it is time; answers what may be done at it. */
  step(nowMs: number, profile: Profile): Effort {
    if (this.#side !== null && nowMs - this.#steppedAtMs >= STEP_MS) {
      this.#steppedAtMs = nowMs;
      this.#state = stepLoad(this.#state, this.#meter.sample(nowMs));
    }
    return effortFor(this.#state.level, profile);
  }
}
