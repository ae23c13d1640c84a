import { epochMs } from "../base/epoch.ts";
import { falsePixels, readBackWay } from "../inference/read_back.ts";
import type { FrameResult } from "../inference/worker_messages.ts";
import type { CaptureOf } from "../metrics/sample_log.ts";
import { PictureStream } from "../record/picture_stream.ts";
import { type RecordedFile, Recording, recordingName } from "../record/recording.ts";
import { saveFile } from "../record/save_file.ts";
import { type SeenPicture, takeSnapshot } from "../record/seen_picture.ts";
import { recordVideo, type RunningVideo, type VideoEvents } from "../record/video_recorder.ts";
import type { StageHost } from "./stage_host.ts";
import type { ViewerState } from "./viewer_state.ts";

/** What is recorded, and where it is shown how that goes. */
export interface StageRecordingOptions {
  readonly state: ViewerState;
  readonly captureOf: CaptureOf;
  /** The page's stage; `seen` answers `null` while there is no picture. */
  stage(): Pick<StageHost, "seen">;
}

const NO_PICTURE = "There is no picture yet.";

/** Snapshots and recordings of the viewer's stage, with the boxes in the picture or without. */
export class StageRecording {
  readonly #options: StageRecordingOptions;
  readonly #recording: Recording;

  constructor(options: StageRecordingOptions) {
    this.#options = options;
    const { state, captureOf } = options;
    this.#recording = new Recording({
      epochMs,
      captureOf,
      startVideo: (hasBoxes, events) => this.#startVideo(hasBoxes, events),
      onView: (view) => state.recording.value = view,
    });
    document.addEventListener("visibilitychange", () => this.#recording.setSeen(!document.hidden));
  }

  /** Saves the picture of now as a PNG. */
  async snapshot(): Promise<void> {
    const { state } = this.#options;
    const seen = this.#see(state.hasBoxes.peek());
    if (seen === null) return this.#say(NO_PICTURE);
    if (await readBackWay() !== "canvas") return this.#say(falsePixels().message);
    try {
      saveFile(`${recordingName(epochMs())}.png`, await takeSnapshot(seen));
      this.#say(null);
    } catch {
      this.#say("This browser could not save the picture.");
    }
  }

  /** Starts a recording, or ends the present one. */
  toggle(): void {
    if (this.#recording.toggle(this.#options.state.hasBoxes.peek())) this.#say(null);
  }

  /** Saves a file of the last recording. */
  save(kind: RecordedFile): void {
    const file = this.#recording.file(kind);
    if (file !== null) saveFile(file.name, file.blob);
  }

  /** A frame was processed. */
  addResult(result: FrameResult): void {
    this.#recording.addResult(result, this.#options.state.model.peek());
  }

  /** To be called a few times a second. */
  tick(): void {
    this.#recording.tick();
  }

  #startVideo(hasBoxes: boolean, { onOver, onFile }: VideoEvents): RunningVideo | null {
    const seen = this.#see(hasBoxes);
    const track = this.#options.state.selected.peek()?.track;
    if (seen === null || !track) {
      this.#say(NO_PICTURE);
      return null;
    }
    const painted = hasBoxes ? new PictureStream(seen, () => this.#see(true)) : null;
    try {
      return recordVideo(painted?.stream ?? new MediaStream([track]), {
        onOver(hasFailed) {
          painted?.stop();
          onOver(hasFailed);
        },
        onFile,
      });
    } catch {
      painted?.stop();
      this.#say("This browser cannot record video.");
      return null;
    }
  }

  #see(hasBoxes: boolean): SeenPicture | null {
    return this.#options.stage().seen(hasBoxes);
  }

  #say(problem: string | null): void {
    this.#options.state.recordingProblem.value = problem;
  }
}
