import { signal } from "@preact/signals";
import type { ModelStock } from "@/protocol";
import type { DetectorState, Side } from "../inference/detector.ts";
import type { ModelPick, ModelWish } from "./model_pick.ts";

/** A model that is being tried. */
export interface TrialView {
  readonly title: string;
  /** From 1. */
  readonly number: number;
  readonly of: number;
  /** `null`: nothing is heard of it yet. */
  readonly state: DetectorState | null;
}

/** What came of a wish, and for what. */
export interface PickOutcome {
  readonly wish: ModelWish;
  /** `null`: there was nothing to pick. */
  readonly pick: ModelPick | null;
  /** Frames a second of the camera. */
  readonly fps: number;
  /** Whose times were compared. */
  readonly side: Side;
}

/** Everything that the page shows of choosing and changing models. */
export function createModelsState() {
  return {
    isOpen: signal(false),
    trial: signal<TrialView | null>(null),
    /** `null`: nothing was asked, or the person has chosen since. */
    outcome: signal<PickOutcome | null>(null),
    /** Why models could not be tried, as sentences, by id. */
    failures: signal<ReadonlyMap<string, string>>(new Map()),
    /** For the owner at the server's computer only; `null`: not asked, or no answer. */
    stock: signal<ModelStock | null>(null),
    /** Jobs that this page asked for. */
    ownJobs: signal<ReadonlySet<number>>(new Set()),
    /** Why nothing came of a change, as a sentence; `null` while all is well. */
    problem: signal<string | null>(null),
  };
}

/** See {@linkcode createModelsState}. */
export type ModelsState = ReturnType<typeof createModelsState>;
