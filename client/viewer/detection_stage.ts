import type { Profile, ServedModel } from "@/protocol";
import type { FrameFeed } from "../inference/detector.ts";
import type { FrameResult } from "../inference/worker_messages.ts";
import { chooseFeed, readFeedFacts } from "../media/feed_choice.ts";
import { createFeed } from "../media/frame_feed.ts";
import { Overlay } from "../media/overlay.ts";
import type { DetectionChoices } from "../ui/detection_controls.tsx";
import type { LiveFigures } from "../ui/figures.tsx";
import { LiveMeter } from "./live_meter.ts";
import { ModeRunner, type ModeRunnerOptions } from "./mode_runner.ts";

/** What a stage is made of, and whom it tells. */
export interface DetectionStageOptions extends ModeRunnerOptions {
  readonly video: HTMLVideoElement;
  readonly canvas: HTMLCanvasElement;
  /** No text but the labels: for recordings of the screen. */
  readonly isClean: boolean;
}

/** One video with its detection and its overlay; what is on it can change at any time. */
export class DetectionStage {
  readonly #options: DetectionStageOptions;
  readonly #overlay: Overlay;
  readonly #runner: ModeRunner;
  readonly #meter = new LiveMeter();
  #model: ServedModel | null = null;
  #track: MediaStreamTrack | null = null;
  #choices: DetectionChoices | null = null;
  #isIdle = false;

  constructor(options: DetectionStageOptions) {
    this.#options = options;
    const { video, canvas, isClean } = options;
    this.#overlay = new Overlay({
      video,
      canvas,
      style: () => ({
        labels: this.#model?.labels ?? [],
        mirror: this.#choices?.mirror ?? false,
        showAge: !isClean,
      }),
      onShown: ({ presentedFrames }) => this.#meter.addShown(performance.now(), presentedFrames),
      onPainted: (ageMs) => this.#meter.addPainted(performance.now(), ageMs),
    });
    this.#runner = new ModeRunner({ ...options, onResult: (result) => this.#onResult(result) });
  }

  /** Shows another camera, or none. */
  setTrack(track: MediaStreamTrack | null): void {
    if (track === this.#track) return;
    this.#track = track;
    const { video } = this.#options;
    video.srcObject = track === null ? null : new MediaStream([track]);
    // Muted inline video may play without a gesture; an interrupted start is followed by another.
    if (track !== null) video.play().catch(() => undefined);
    this.#overlay.reset();
    this.#meter.clear();
    this.#feed();
  }

  /** Examines nothing while the camera rests: its black frames say nothing. */
  setIdle(isIdle: boolean): void {
    if (isIdle === this.#isIdle) return;
    this.#isIdle = isIdle;
    this.#overlay.reset();
    this.#feed();
  }

  /** Applies what the person chose; what stays the same goes on. */
  setChoices(choices: DetectionChoices, model: ServedModel | null): void {
    const isPlain = choices.mode === "off";
    if (model?.sha256 !== this.#model?.sha256 || isPlain) {
      this.#overlay.reset();
      this.#meter.clearResults();
    }
    this.#choices = choices;
    this.#model = model;
    this.#runner.set(choices.mode, model, {
      scoreThreshold: choices.scoreThreshold,
      iouThreshold: choices.iouThreshold,
      classes: choices.classes === null ? null : [...choices.classes],
    });
    this.#overlay.repaint();
  }

  /** To be called a few times a second; answers the figures of the last moments. */
  tick(profile: Profile): LiveFigures {
    this.#runner.tick(profile);
    return this.#meter.figures(performance.now());
  }

  /** Ends detection and overlay. */
  close(): void {
    this.#runner.close();
    this.#overlay.close();
  }

  #feed(): void {
    const track = this.#isIdle ? null : this.#track;
    const { video } = this.#options;
    this.#runner.setFeed(
      track === null ? null : (): FrameFeed => {
        return createFeed(chooseFeed(readFeedFacts(track)), track, video);
      },
    );
  }

  #onResult(result: FrameResult): void {
    this.#meter.addResult(performance.now(), result);
    this.#overlay.add(result);
    this.#options.onResult(result);
  }
}
