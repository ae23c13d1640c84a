import { levelOf, type Mode, type ServedModel } from "@/protocol";
import type { SizePx } from "@/vision";
import {
  type AutoFigures,
  type AutoState,
  START_AUTO,
  stepAuto,
} from "../inference/auto_choice.ts";
import type { DetectorState, FrameFeed, Side } from "../inference/detector.ts";
import type { LoadState } from "../inference/load_level.ts";
import type { DetectionSettings, FrameResult } from "../inference/worker_messages.ts";
import { DetectorPool, type DetectorPoolOptions, isSameModel } from "./detector_pool.ts";
import { type CameraFacts, LoadControl, type PaceView } from "./load_control.ts";
import { warmRunOf } from "./run_book.ts";
import { SideFigures } from "./side_figures.ts";

/** What the page shows of how detection runs. */
export interface RunView {
  /** Where frames go; `null`: nowhere. */
  readonly side: Side | null;
  /** The detector in use. */
  readonly detector: DetectorState | null;
  /** What `auto` compares; `null` in other modes. */
  readonly auto: AutoFigures | null;
  readonly load: Pick<LoadState, "level" | "reason">;
  readonly pace: PaceView;
  /** Size of the model's input in the newest result; `null`: none yet. */
  readonly inputPx: SizePx | null;
}

/** What a person wants of a runner. */
export interface RunChoices {
  readonly mode: Mode;
  readonly model: ServedModel | null;
  /** Name of one of the model's input sizes; `null`, or none of its: chosen by measurement. */
  readonly size: string | null;
  /** Detections a second at most; `null`: as the camera's profile has it. */
  readonly detectionFps: number | null;
  readonly settings: DetectionSettings;
}

/** What a runner is given, and whom it tells. */
export interface ModeRunnerOptions extends Pick<DetectorPoolOptions, "timers" | "create"> {
  /** Ms since the epoch. */
  epochMs(): number;
  /** Whether frames may go to the server. */
  mayUseServer(): boolean;
  /** `auto` would take the server and may not. */
  onServerWanted(): void;
  onView(view: RunView): void;
  onResult(result: FrameResult): void;
}

/** Runs the mode that was chosen: picks the side, holds both detectors, controls the load. */
export class ModeRunner {
  readonly #options: ModeRunnerOptions;
  readonly #pool: DetectorPool;
  readonly #load: LoadControl;
  readonly #figures = new SideFigures();
  #mode: Mode = "off";
  #model: ServedModel | null = null;
  #auto: AutoState = START_AUTO;
  #autoFigures: AutoFigures | null = null;
  #side: Side | null = null;
  #inputPx: SizePx | null = null;

  constructor(options: ModeRunnerOptions) {
    this.#options = options;
    const { timers, create, epochMs, onResult } = options;
    this.#load = new LoadControl(timers.nowMs());
    this.#pool = new DetectorPool({
      timers,
      create,
      onState: () => this.#tell(),
      onResult: (_side, result) => {
        this.#inputPx = result.inputPx;
        this.#load.addResult(result, { nowMs: timers.nowMs(), epochMs: epochMs() });
        onResult(result);
      },
      onLoss: (_side, ageMs) => this.#load.addLoss(timers.nowMs(), ageMs),
    });
  }

  /** Applies what the person chose. */
  set({ mode, model, size, detectionFps, settings }: RunChoices): void {
    if (mode !== this.#mode) this.#auto = START_AUTO;
    if (!isSameModel(model, this.#model)) {
      this.#figures.clear();
      this.#load.setModel(model?.input ?? null);
      this.#inputPx = null;
    }
    this.#load.setDetectionFps(detectionFps);
    this.#load.setFixedSize(model === null || size === null ? null : levelOf(model.input, size));
    this.#mode = mode;
    this.#model = model;
    this.#pool.setModel(model, settings);
    this.#use();
  }

  /** Where the frames come from; `null`: there are none. */
  setFeed(makeFeed: (() => FrameFeed) | null): void {
    // Other frames may not go where those before did.
    this.#use();
    this.#pool.setFeed(makeFeed);
  }

  /** To be called a few times a second. */
  tick(camera: CameraFacts): void {
    const nowMs = this.#options.timers.nowMs();
    // Neither side is held to how old its results were at another pace.
    if (this.#load.stepPace(camera.profile)) this.#figures.clear();
    if (this.#mode === "auto") this.#stepAuto(nowMs);
    const warmRunMs = this.#side === null ? null : warmRunOf(this.#pool.state(this.#side));
    this.#pool.setEffort(this.#load.step(nowMs, { ...camera, warmRunMs }));
    this.#tell();
  }

  /** Ends all detectors. */
  close(): void {
    this.#pool.close();
  }

  #stepAuto(nowMs: number): void {
    const liveMs = this.#load.ageMs(nowMs);
    this.#autoFigures = this.#figures.figures({
      local: {
        state: this.#pool.state("local"),
        liveMs: this.#side === "local" ? liveMs : null,
        aloneMs: this.#pool.expectedMs("local"),
      },
      server: {
        state: this.#pool.state("server"),
        liveMs: this.#side === "server" ? liveMs : null,
        aloneMs: this.#pool.expectedMs("server"),
      },
    }, nowMs);
    const next = stepAuto(this.#auto, this.#autoFigures, nowMs);
    if (next.side === "server" && !this.#options.mayUseServer()) {
      return this.#options.onServerWanted();
    }
    this.#auto = next;
    this.#use();
  }

  #use(): void {
    const side = this.#wanted();
    this.#load.setSide(side, this.#options.timers.nowMs());
    this.#side = side;
    this.#pool.use({ active: side, warm: this.#mode === "auto" ? ["local", "server"] : [] });
    this.#tell();
  }

  #wanted(): Side | null {
    switch (this.#mode) {
      case "wasm":
        return "local";
      case "server":
        // The choice itself asked; this is the last door that frames pass.
        return this.#options.mayUseServer() ? "server" : null;
      case "auto":
        return this.#auto.side === "server" && !this.#options.mayUseServer()
          ? "local"
          : this.#auto.side;
      case "off":
        return null;
    }
  }

  #tell(): void {
    const side = this.#side;
    const { level, reason } = this.#load.state;
    this.#options.onView({
      side,
      detector: side === null ? null : this.#pool.state(side),
      auto: this.#mode === "auto" ? this.#autoFigures : null,
      load: { level, reason },
      pace: this.#load.pace,
      inputPx: side === null ? null : this.#inputPx,
    });
  }
}
