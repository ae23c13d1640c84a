import type { ServedModel } from "@/protocol";
import type { DetectorState } from "../inference/detector.ts";
import type { DetectorPoolOptions } from "../detection/detector_pool.ts";
import type { TrialView } from "./models_state.ts";

/** What models are tried with. */
export interface TrialOptions {
  readonly create: DetectorPoolOptions["create"]["local"];
  /** Ends it. */
  readonly signal: AbortSignal;
  onProgress(view: TrialView): void;
}

/**
 * Loads and warms up models one after another, each in a Worker of its own that gets no frames. What was
 * measured is told by the detector that `create` makes.
 * @returns Why some could not be tried, by id, as sentences.
 */
export async function tryModels(
  models: readonly ServedModel[],
  { create, signal, onProgress }: TrialOptions,
): Promise<ReadonlyMap<string, string>> {
  const failures = new Map<string, string>();
  for (const [at, model] of models.entries()) {
    if (signal.aborted) break;
    const view = { title: model.title, number: at + 1, of: models.length };
    onProgress({ ...view, state: null });
    const end = await tryOne(model, create, signal, (state) => onProgress({ ...view, state }));
    if (end?.kind === "failed") failures.set(model.id, end.message);
  }
  return failures;
}

/** @returns How it ended; `null`: it was stopped. */
function tryOne(
  model: ServedModel,
  create: TrialOptions["create"],
  signal: AbortSignal,
  onState: (state: DetectorState) => void,
): Promise<DetectorState | null> {
  const { promise, resolve } = Promise.withResolvers<DetectorState | null>();
  const { scoreThreshold, iouThreshold } = model;
  const detector = create({
    model,
    settings: { scoreThreshold, iouThreshold, classes: null },
    events: {
      onState(state) {
        onState(state);
        if (state.kind === "ready" || state.kind === "failed") resolve(state);
      },
      onResult() {},
      onLoss() {},
    },
  });
  const stop = () => resolve(null);
  signal.addEventListener("abort", stop);
  return promise.finally(() => {
    signal.removeEventListener("abort", stop);
    detector.close();
  });
}
