import type { ServedModel } from "@/protocol";
import type { RelayedFrames } from "../inference/detector.ts";
import type { FrameResult } from "../inference/worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";
import { type FrameCallbacks, frameCallbacksOf } from "../media/frame_callbacks.ts";
import { frameSourceOf } from "../media/frame_feed.ts";
import { type ShownReport, StagePresenter } from "../present/stage_presenter.ts";
import type { SeenPicture } from "../record/seen_picture.ts";
import type { FrameFeeds } from "../rtc/relay.ts";
import type { DetectionChoices } from "../detection/detection_settings.ts";
import type { CameraFacts } from "../detection/load_control.ts";
import { isSameModel } from "../detection/detector_pool.ts";
import { ModeRunner, type ModeRunnerOptions } from "../detection/mode_runner.ts";

// Filled in by client/build.ts.
declare const __PRESENTER_URL__: string;

/** What a stage is made of, and whom it tells. */
export interface DetectionStageOptions extends ModeRunnerOptions {
  readonly video: HTMLVideoElement;
  readonly canvas: HTMLCanvasElement;
  /** No text but the labels: for recordings of the screen. */
  readonly isClean: boolean;
  /** Whether boxes of the live view are moved on to where the objects are by then. */
  readonly predict: boolean;
  /** What was put on the screen, a few times a second. */
  onShown(report: ShownReport): void;
  /** Another camera, or none, is shown from now on. */
  onSource(): void;
  /** Another model, or none, is used from now on. */
  onModel(): void;
  /** The browser's own facts of each frame that the video element got. */
  onFrameMetadata(metadata: VideoFrameCallbackMetadata): void;
  /** Boxes cannot be shown here, only plain video. A sentence for the screen. */
  onPresentFailed(message: string): void;
  /** The browser shows this source and gives none of its frames. A sentence for the screen. */
  onNoFrames(message: string): void;
}

/** Every frame is to be shown: enough for a Worker that comes late by a third of a second. */
const PRESENT_BUFFER_FRAMES = 10;

/** One video with its detection and its boxes; what is on it can change at any time. */
export class DetectionStage {
  readonly #options: DetectionStageOptions;
  readonly #presenter: StagePresenter;
  readonly #runner: ModeRunner;
  #model: ServedModel | null = null;
  #track: MediaStreamTrack | null = null;
  #source: FrameFeeds | null = null;
  #choices: DetectionChoices | null = null;
  #isIdle = false;
  #shownFrames = 0;
  readonly #callbacks: FrameCallbacks;
  #callback: number;

  constructor(options: DetectionStageOptions) {
    this.#options = options;
    const { video, canvas } = options;
    this.#presenter = new StagePresenter({
      video,
      canvas,
      startWorker: () => new Worker(__PRESENTER_URL__, { type: "module", name: "presenter" }),
      onShown: options.onShown,
      onFailed: options.onPresentFailed,
    });
    this.#tellSeen();
    document.addEventListener("visibilitychange", this.#tellSeen);
    this.#callbacks = frameCallbacksOf(video);
    this.#callback = this.#callbacks.requestVideoFrameCallback(this.#onFrame);
    this.#runner = new ModeRunner({ ...options, onResult: (result) => this.#onResult(result) });
  }

  /**
   * Shows another camera, or none.
   * @param frames Those of the track with an identity of their own; `null`: the track's serve.
   * @param atServer The same as the server has them itself; `null`: it has them not.
   * @param isSameCamera Only its track is another one, as when a phone makes its sender anew.
   */
  setTrack(
    track: MediaStreamTrack | null,
    frames: FrameFeeds | null = null,
    atServer: RelayedFrames | null = null,
    isSameCamera = false,
  ): void {
    if (track === this.#track) return;
    this.#track = track;
    const { video } = this.#options;
    video.srcObject = track === null ? null : new MediaStream([track]);
    // Muted inline video may play without a gesture; an interrupted start is followed by another.
    if (track !== null) video.play().catch(() => undefined);
    this.#source = track === null
      ? null
      : frames ?? frameSourceOf(track, video, this.#options.onNoFrames);
    // Nothing of the source before is to be shown on this one.
    this.#runner.setFeed(null);
    this.#presenter.reset();
    const feed = this.#source?.feed({ bufferFrames: PRESENT_BUFFER_FRAMES }) ?? null;
    const relayed = feed && atServer !== null ? { ...feed, relayed: atServer } : feed;
    this.#presenter.setFeed(relayed, isSameCamera && feed !== null);
    this.#options.onSource();
    this.#feed();
  }

  /** Examines nothing while the camera rests: its black frames say nothing. */
  setIdle(isIdle: boolean): void {
    if (isIdle === this.#isIdle) return;
    this.#isIdle = isIdle;
    this.#feed();
    this.#presenter.reset();
  }

  /** Applies what the person chose; what stays the same goes on. */
  setChoices(choices: DetectionChoices, model: ServedModel | null): void {
    const isOther = !isSameModel(model, this.#model) || choices.mode === "off";
    this.#choices = choices;
    this.#model = model;
    const { mode, size, detectionFps, scoreThreshold, iouThreshold } = choices;
    const classes = choices.classes === null ? null : [...choices.classes];
    const settings = { scoreThreshold, iouThreshold, classes };
    this.#runner.set({ mode, model, size, detectionFps, settings });
    // Afterwards: until then the detector before may have found something more.
    if (isOther) {
      this.#presenter.reset();
      this.#options.onModel();
    }
    this.#presenter.setStyle({
      labels: model?.labels ?? [],
      mirror: choices.mirror,
      isClean: this.#options.isClean,
    });
    this.#presenter.setDisplay(choices.display, this.#options.predict);
    this.#expect();
  }

  /** The picture of now, or that of the camera alone; `null` while there is none. */
  seen(hasBoxes: boolean): SeenPicture | null {
    const { video } = this.#options;
    const { videoWidth: widthPx, videoHeight: heightPx } = video;
    if (this.#track === null || widthPx === 0) return null;
    return { element: hasBoxes ? this.#presenter.seen : video, widthPx, heightPx };
  }

  /**
   * The picture with the boxes of the frame `key`, or of a later one; `null`: there is none. While
   * nobody sees the page nothing is painted, and it may not come. A copy in it is the caller's.
   */
  async pictureOf(key: FrameKey | null): Promise<SeenPicture | null> {
    const plain = this.seen(true);
    if (plain === null || "videoWidth" in plain.element) return plain;
    const element = await this.#presenter.takePicture(key);
    return element && { ...plain, element };
  }

  /** Frames that the video element has shown, of whatever source. */
  get shownFrames(): number {
    return this.#shownFrames;
  }

  /** To be called a few times a second. */
  tick(camera: CameraFacts): void {
    this.#runner.tick(camera);
  }

  /** Ends detection and display. */
  close(): void {
    document.removeEventListener("visibilitychange", this.#tellSeen);
    this.#callbacks.cancelVideoFrameCallback(this.#callback);
    this.#runner.close();
    this.#presenter.close();
  }

  #feed(): void {
    const isFed = this.#source !== null && !this.#isIdle;
    this.#runner.setFeed(isFed ? () => this.#presenter.lend() : null);
    this.#expect();
  }

  #expect(): void {
    const mode = this.#choices?.mode ?? "off";
    const isFed = this.#source !== null && !this.#isIdle;
    this.#presenter.setExpect(isFed && mode !== "off" && this.#model !== null);
  }

  readonly #tellSeen = (): void => this.#presenter.setSeen(!document.hidden);

  readonly #onFrame = (_nowMs: number, metadata: VideoFrameCallbackMetadata): void => {
    this.#callback = this.#callbacks.requestVideoFrameCallback(this.#onFrame);
    this.#shownFrames += 1;
    this.#options.onFrameMetadata(metadata);
  };

  #onResult(result: FrameResult): void {
    if (!result.isPresented) this.#presenter.addResult(result);
    this.#options.onResult(result);
  }
}
