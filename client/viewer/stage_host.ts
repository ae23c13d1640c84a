import { computed, effect } from "@preact/signals";
import type { PeerId } from "@/protocol";
import { epochMs } from "../base/epoch.ts";
import { pageTimers } from "../base/timers.ts";
import type { FrameResult } from "../inference/worker_messages.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { StageViewProps } from "../ui/stage_view.tsx";
import type { SeenPicture } from "../record/seen_picture.ts";
import { DetectionStage } from "./detection_stage.ts";
import type { DetectorPoolOptions } from "../detection/detector_pool.ts";
import type { Findings } from "./findings.ts";
import type { JoinedRoom } from "./joined_room.ts";
import type { CameraFacts } from "../detection/load_control.ts";
import type { StageMeasures } from "./stage_measures.ts";
import type { ZoneKeeper } from "../zones/zone_keeper.ts";
import { conditionsOf } from "./view_model.ts";
import type { ViewerState } from "./viewer_state.ts";

/** What a stage works with, and whom it tells. */
export interface StageHostOptions {
  readonly state: ViewerState;
  readonly room: Pick<JoinedRoom, "selectedPhone">;
  readonly measures: StageMeasures;
  readonly findings: Pick<Findings, "clear" | "resetCounts">;
  readonly zones: Pick<ZoneKeeper, "clear">;
  readonly create: DetectorPoolOptions["create"];
  mayUseServer(): boolean;
  onServerWanted(): void;
  onResult(result: FrameResult): void;
  /** The element that goes full screen; `null`: it is gone. */
  onElement(element: HTMLElement | null): void;
}

/** The page's stage, for as long as it is on the page, kept to what the state says. */
export class StageHost {
  readonly #options: StageHostOptions;
  #stage: DetectionStage | null = null;

  constructor(options: StageHostOptions) {
    this.#options = options;
  }

  /** The picture of now; see {@linkcode DetectionStage.seen}. */
  seen(hasBoxes: boolean): SeenPicture | null {
    return this.#stage?.seen(hasBoxes) ?? null;
  }

  /** See {@linkcode DetectionStage.pictureOf}. */
  pictureOf(key: FrameKey | null): Promise<SeenPicture | null> {
    return this.#stage?.pictureOf(key) ?? Promise.resolve(null);
  }

  /** Frames that the stage has shown, of whatever source. */
  get shownFrames(): number {
    return this.#stage?.shownFrames ?? 0;
  }

  /** To be called a few times a second. */
  tick(camera: CameraFacts): void {
    this.#stage?.tick(camera);
  }

  /** Fills the elements; what it returns is to be called when they go. */
  readonly attach: StageViewProps["onMount"] = ({ video, canvas }) => {
    const { onElement } = this.#options;
    onElement(video.parentElement);
    const stage = this.#makeStage(video, canvas);
    this.#stage = stage;
    const stop = this.#follow(stage);
    const stopSize = this.#followSize(video);
    return () => {
      stop();
      stopSize();
      onElement(null);
      stage.close();
      this.#stage = null;
    };
  };

  #makeStage(video: HTMLVideoElement, canvas: HTMLCanvasElement): DetectionStage {
    const { state, room, measures, findings, zones, create, ...events } = this.#options;
    let noFrames: string | null = null;
    return new DetectionStage({
      video,
      canvas,
      isClean: state.isClean,
      predict: state.predict,
      timers: pageTimers,
      epochMs,
      create,
      mayUseServer: events.mayUseServer,
      onServerWanted: events.onServerWanted,
      onView(view) {
        state.run.value = view;
        if (view.detector?.kind === "ready" || view.detector?.kind === "connected") {
          measures.modelReady();
        }
      },
      onResult: events.onResult,
      onShown: (report) => measures.addShown(report),
      onSource() {
        if (state.displayProblem.value === noFrames) state.displayProblem.value = null;
        measures.clearSource();
        findings.clear();
        zones.clear();
      },
      onModel() {
        measures.clearResults();
        // Another model may name other classes.
        findings.resetCounts();
        zones.clear();
      },
      onFrameMetadata: (metadata) => room.selectedPhone?.noteShown(metadata),
      onPresentFailed: (message) => state.displayProblem.value = message,
      onNoFrames: (message) => state.displayProblem.value = noFrames = message,
    });
  }

  /** Zones are drawn on the picture, which does not fill the stage. */
  #followSize(video: HTMLVideoElement): () => void {
    const { picture } = this.#options.state.zones;
    const follow = new AbortController();
    const note = () => {
      const { videoWidth: widthPx, videoHeight: heightPx } = video;
      picture.value = widthPx === 0 ? null : { widthPx, heightPx };
    };
    for (const type of ["loadedmetadata", "resize", "emptied"]) {
      video.addEventListener(type, note, follow);
    }
    return () => follow.abort();
  }

  #follow(stage: DetectionStage): () => void {
    const { state, measures, findings } = this.#options;
    const isIdle = computed(() => {
      // Beside a detector at work, models that are tried would seem slower than they are.
      if (state.models.trial.value !== null) return true;
      return (state.selected.value?.camera?.status ?? "live") !== "live";
    });
    let shownId: PeerId | null = null;
    const stops = [
      effect(() => {
        const { id = null, track = null, frames = null, atServer = null } = state.selected.value ??
          {};
        stage.setTrack(track, frames, atServer, id === shownId);
        shownId = id;
      }),
      effect(() => {
        stage.setIdle(isIdle.value);
        // Not when the results of a picture that is no longer there have grown old.
        if (isIdle.value) findings.clear();
      }),
      effect(() => {
        stage.setChoices(state.choices.value, state.model.value);
        measures.setConditions(conditionsOf(state.choices.value, state.model.value));
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
