import type { ServedModel } from "@/protocol";
import { readBrowserFacts } from "../inference/backend_choice.ts";
import { storedBackendMemory } from "../inference/backend_memory.ts";
import type { DetectorState } from "../inference/detector.ts";
import { LocalDetector } from "../inference/local_detector.ts";
import { startWorker } from "../inference/worker_host.ts";
import type { FrameResult } from "../inference/worker_messages.ts";
import { chooseFeed, readFeedFacts } from "../media/feed_choice.ts";
import { createFeed } from "../media/frame_feed.ts";
import { Overlay } from "../media/overlay.ts";
import type { DetectionChoices } from "../ui/detection_controls.tsx";
import type { LiveFigures } from "../ui/figures.tsx";
import { SlidingWindow } from "./sliding_window.ts";

/** Live figures look this far back. */
const FIGURES_WINDOW_MS = 2000;

/** What a stage is made of, and whom it tells. */
export interface DetectionStageOptions {
  readonly video: HTMLVideoElement;
  readonly canvas: HTMLCanvasElement;
  /** No text but the labels: for recordings of the screen. */
  readonly isClean: boolean;
  onDetector(state: DetectorState | null): void;
  onResult(result: FrameResult): void;
}

/** One video with its detector and its overlay; what is on it can change at any time. */
export class DetectionStage {
  readonly #options: DetectionStageOptions;
  readonly #overlay: Overlay;
  readonly #shownFrames = new SlidingWindow(FIGURES_WINDOW_MS);
  readonly #runTimes = new SlidingWindow(FIGURES_WINDOW_MS);
  readonly #boxAges = new SlidingWindow(FIGURES_WINDOW_MS);
  #detector: LocalDetector | null = null;
  #model: ServedModel | null = null;
  #track: MediaStreamTrack | null = null;
  #choices: DetectionChoices | null = null;
  #presentedFrames: number | null = null;

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
      onShown: ({ presentedFrames }) => this.#countShown(presentedFrames),
      onPainted: (ageMs) => this.#boxAges.add(performance.now(), ageMs),
    });
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
    this.#forgetFigures();
    this.#feed();
  }

  /** Applies what the person chose; a model that stays the same keeps its Worker. */
  setChoices(choices: DetectionChoices, model: ServedModel | null): void {
    const wanted = choices.mode === "wasm" ? model : null;
    const settings = {
      scoreThreshold: choices.scoreThreshold,
      iouThreshold: choices.iouThreshold,
      classes: choices.classes === null ? null : [...choices.classes],
    };
    this.#choices = choices;
    if (wanted?.sha256 === this.#model?.sha256) {
      this.#detector?.setSettings(settings);
      this.#overlay.repaint();
      return;
    }
    this.#detector?.close();
    this.#detector = null;
    this.#model = wanted;
    this.#overlay.reset();
    this.#runTimes.clear();
    this.#boxAges.clear();
    this.#options.onDetector(null);
    if (wanted === null) return;
    this.#detector = new LocalDetector({
      model: wanted,
      settings,
      facts: readBrowserFacts(),
      startWorker,
      memory: storedBackendMemory(localStorage, navigator.userAgent),
      onState: (state) => this.#options.onDetector(state),
      onResult: (result) => this.#onResult(result),
    });
    this.#feed();
  }

  /** The figures of the last moments. */
  figures(): LiveFigures {
    const nowMs = performance.now();
    return {
      cameraFps: this.#shownFrames.sumPerSecond(nowMs),
      processedFps: this.#runTimes.countPerSecond(nowMs),
      inferenceMs: this.#runTimes.median(nowMs),
      boxAgeMs: this.#boxAges.median(nowMs),
    };
  }

  /** Ends detector and overlay. */
  close(): void {
    this.#detector?.close();
    this.#overlay.close();
  }

  #feed(): void {
    const track = this.#track;
    const { video } = this.#options;
    this.#detector?.setFeed(
      track === null ? null : createFeed(chooseFeed(readFeedFacts(track)), track, video),
    );
  }

  #onResult(result: FrameResult): void {
    this.#runTimes.add(performance.now(), result.stages.run);
    this.#overlay.add(result);
    this.#options.onResult(result);
  }

  #countShown(presentedFrames: number): void {
    // The element counts frames itself, so those whose callback came too late are not missed.
    const since = this.#presentedFrames === null ? 1 : presentedFrames - this.#presentedFrames;
    this.#presentedFrames = presentedFrames;
    this.#shownFrames.add(performance.now(), Math.max(1, since));
  }

  #forgetFigures(): void {
    this.#presentedFrames = null;
    for (const window of [this.#shownFrames, this.#runTimes, this.#boxAges]) window.clear();
  }
}
