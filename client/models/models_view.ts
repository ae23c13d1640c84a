import type { ModelJob, ModelStock, Profile, ServedModel } from "@/protocol";
import type { Side } from "../inference/detector.ts";
import type { AbsentRow, JobOffer, JobView, ModelsView, OwnerView } from "./models_props.ts";
import type { DetectionChoices } from "../detection/detection_settings.ts";
import { isUnderWay } from "./model_admin.ts";
import { isPickable, WISHES } from "./model_pick.ts";
import { runTimeOf } from "./model_rates.ts";
import {
  accuracyWords,
  footnoteWords,
  jobWords,
  leftOutWords,
  licenceWords,
  outcomeWords,
  rateWords,
  sizeWords,
  trialWords,
  wishWords,
} from "./model_words.ts";
import type { PickOutcome, TrialView } from "./models_state.ts";

/** What the sheet is made from. */
export interface ModelsFacts {
  readonly models: readonly ServedModel[];
  readonly choices: Pick<DetectionChoices, "mode" | "modelId" | "size">;
  /** Where frames go, or would go. */
  readonly side: Side;
  /** Frames a second of the camera. */
  readonly fps: number;
  /** Results a second of the model in use now; `null`: there are none. */
  readonly processedFps: number | null;
  readonly profile: Profile;
  /** `null`: not measured on that side. */
  measuredMs(model: ServedModel): number | null;
  readonly trial: TrialView | null;
  readonly outcome: PickOutcome | null;
  readonly failures: ReadonlyMap<string, string>;
  /** `null`: this page may not ask for it. */
  readonly stock: ModelStock | null;
  readonly ownJobs: ReadonlySet<number>;
  readonly problem: string | null;
  /** Whether this page is the owner's, at the server's computer. */
  readonly isOwner: boolean;
}

/** All that the sheet says. */
export function modelsView(facts: ModelsFacts): ModelsView {
  const { models, choices, side, fps, profile, trial, outcome, failures, stock } = facts;
  const known = { models, inUseId: choices.modelId, measuredMs: facts.measuredMs };
  const conditions = { side, intervalMs: 1000 / fps, isLow: profile === "low", size: choices.size };
  const removable = new Set(
    stock?.here.filter(({ isRemovable }) => isRemovable).map(({ id }) => id),
  );
  return {
    wishes: WISHES.map((wish) => ({ wish, ...wishWords(wish, fps) })),
    trial: trial && trialWords(trial),
    outcome: outcome &&
      outcomeWords(outcome, (id) => models.find((model) => model.id === id)?.title ?? id),
    mayMeasureAgain: side === "local" && outcome?.side === side && outcome.pick !== null,
    leftOut: leftOutWords(models.filter((model) => !isPickable(model))),
    rows: models.map((model) => ({
      id: model.id,
      title: model.title,
      facts: factsOf(model),
      rate: rateWords(runTimeOf(model, known), model, {
        ...conditions,
        nowFps: model.id === choices.modelId ? facts.processedFps : null,
      }),
      isInUse: model.id === choices.modelId,
      isRemovable: removable.has(model.id),
      failure: failures.get(model.id) ?? null,
    })),
    footnote: footnoteWords(side),
    isOff: choices.mode === "off",
    owner: facts.isOwner ? ownerView(facts) : null,
  };
}

function ownerView(facts: ModelsFacts): OwnerView | null {
  const { models, stock, ownJobs, problem } = facts;
  if (stock === null) {
    return problem === null ? null : { canChange: null, available: [], jobs: [], problem };
  }
  const shown = stock.jobs.filter((job) => isUnderWay(job) || ownJobs.has(job.id));
  const titles = new Map(
    [...stock.here, ...stock.available, ...models].map(({ id, title }) => [id, title]),
  );
  const view = (job: ModelJob) => ({ ...jobView(job, titles), offer: offerOf(job, facts) });
  const absent = new Set(stock.available.map(({ id }) => id));
  // A download is shown with its model, while that is in the list.
  const isWithModel = ({ kind, modelId }: ModelJob) =>
    kind === "pull" && modelId !== null && absent.has(modelId);
  return {
    canChange: stock.canChange,
    available: stock.available.map((model): AbsentRow => {
      const job = shown.findLast((one) => isWithModel(one) && one.modelId === model.id);
      return { ...model, facts: factsOf(model), job: job === undefined ? null : view(job) };
    }),
    jobs: shown.filter((job) => !isWithModel(job)).map(view),
    problem,
  };
}

/** What a job that is over offers; see {@linkcode JobOffer}. */
export function offerOf(
  { kind, state, modelId, words }: ModelJob,
  { models, choices }: Pick<ModelsFacts, "models" | "choices">,
): JobOffer | null {
  if (state === "done" && kind !== "remove") {
    const isThere = models.some(({ id }) => id === modelId) && choices.modelId !== modelId;
    return isThere ? { kind: "use", words: "Use it" } : null;
  }
  // What the command asks for in a terminal.
  const asksNames = kind === "add" && state === "failed" && words.includes("--labels coco");
  return asksNames ? { kind: "coco", words: "It uses COCO's 80 classes: try again" } : null;
}

function jobView(job: ModelJob, titles: ReadonlyMap<string, string>): Omit<JobView, "offer"> {
  const { id, kind, state, file, modelId, receivedBytes, totalBytes, words } = job;
  const title = modelId === null ? null : titles.get(modelId) ?? modelId;
  const name = kind === "add" && state !== "done" ? file : title;
  return {
    id,
    words: jobWords(job, name ?? "The model"),
    // That it is gone is all there is to say.
    notes: kind === "remove" && state === "done" ? "" : words,
    isUnderWay: isUnderWay(job),
    isFailed: state === "failed",
    done: receivedBytes === null || totalBytes === null || state === "running" && kind === "add"
      ? null
      : Math.min(1, receivedBytes / totalBytes),
  };
}

function factsOf(
  model: {
    readonly publishedAp?: number | null;
    readonly bytes: number | null;
    readonly licence: string;
  },
): string {
  const { publishedAp = null, bytes, licence } = model;
  return [accuracyWords(publishedAp), sizeWords(bytes), licenceWords(licence)].join(" · ");
}
