import type { FrameDropCause, StreamSettings } from "@/protocol";
import type { Detection, SizePx } from "@/vision";
import type { CatalogModel } from "../../models/catalog.ts";
import type { ProviderName } from "./session.ts";

/** What a lane needs of one frame. `jpeg` is transferred. */
export interface LaneJob {
  readonly jpeg: Uint8Array<ArrayBuffer>;
  /** As its sender says, px; the JPEG must agree. */
  readonly widthPx: number | null;
  readonly heightPx: number | null;
  readonly settings: StreamSettings;
  /** Whether detections too weak to count are wanted too, for a tracker; see `weakThreshold`. */
  readonly isFollowed: boolean;
  /** Whether it is any picture file, to be turned upright, and no frame of a page. */
  readonly isPicture: boolean;
}

/** A picture file as it was examined. */
export interface PictureFacts extends SizePx {
  /** EXIF's number of how it was turned, 1 to 8; 1: not at all. */
  readonly orientation: number;
}

/** What came of a frame, up to `nms`. */
export interface LaneResult {
  /** Best score first. */
  readonly detections: readonly Detection[];
  /** Size of the input that the model was run with. */
  readonly inputPx: SizePx;
  /** `null`: it was a frame of a page. */
  readonly picture: PictureFacts | null;
  /** When they were ready, ms since the epoch. */
  readonly inferenceTimeMs: number;
  /** Duration of each stage, ms. */
  readonly stagesMs: Readonly<Record<string, number>>;
}

/** A model as a lane has loaded it. */
export interface LaneModel {
  readonly provider: ProviderName;
  /** Warm median of its run alone, ms. */
  readonly runMs: number;
  /** Why the provider is not the one that would be preferred. */
  readonly note: string | null;
}

/** A frame that came to nothing. */
export interface LaneFailure {
  readonly cause: FrameDropCause;
  /** For the log. */
  readonly message: string;
}

/** Main thread → lane. Each is answered once; those for one model in order. */
export type ToLane =
  | {
    readonly kind: "load";
    readonly model: CatalogModel;
    readonly providers: readonly ProviderName[];
    readonly threads: number;
  }
  | { readonly kind: "unload"; readonly modelId: string }
  /** Runs a loaded model on an empty input for a while, back to back. */
  | { readonly kind: "measure"; readonly modelId: string; readonly forMs: number }
  | { readonly kind: "frame"; readonly job: LaneJob };

/** Lane → main thread. */
export type FromLane =
  | { readonly kind: "loaded"; readonly model: LaneModel }
  | { readonly kind: "unloaded" }
  | { readonly kind: "measured"; readonly runsMs: readonly number[] }
  /** With how large the core's memory is by now. */
  | { readonly kind: "done"; readonly result: LaneResult; readonly coreBytes: number }
  | { readonly kind: "undone"; readonly failure: LaneFailure; readonly coreBytes: number }
  /** The request failed as a whole; in words. */
  | { readonly kind: "failed"; readonly message: string }
  /** Instead of an answer: the Worker is in an unknown state. */
  | { readonly kind: "broken"; readonly message: string };
