import { effect } from "@preact/signals";
import type { ServedModel } from "@/protocol";
import { pageTimers } from "../base/timers.ts";
import type { Side } from "../inference/detector.ts";
import { shortName } from "../sources/video_file.ts";
import type { ModelsActions, ModelsView } from "../models/models_props.ts";
import type { DetectorPoolOptions } from "../detection/detector_pool.ts";
import { candidatesOf } from "../models/model_candidates.ts";
import { isUnderWay, ModelAdmin } from "../models/model_admin.ts";
import { isGone } from "./model_list.ts";
import { isPickable, type ModelWish, pickModel } from "../models/model_pick.ts";
import { tryModels } from "../models/model_trial.ts";
import { modelsView, offerOf } from "../models/models_view.ts";
import type { RunBook } from "../detection/run_book.ts";
import type { ViewerState } from "./viewer_state.ts";

/** What a camera gives as a rule, until it was measured. */
const USUAL_FPS = 30;

/** What choosing models works with. */
export interface ModelPartsOptions {
  readonly state: ViewerState;
  readonly runs: RunBook;
  /** Makes what models are tried with. */
  readonly create: DetectorPoolOptions["create"]["local"];
}

/** Choosing a model by measurement, and, for the owner, adding and removing some. */
export class ModelParts implements ModelsActions {
  readonly #options: ModelPartsOptions;
  readonly #admin: ModelAdmin;
  #trial: AbortController | null = null;

  constructor(options: ModelPartsOptions) {
    this.#options = options;
    const { models, config } = options.state;
    this.#admin = new ModelAdmin({
      state: models,
      timers: pageTimers,
      fetch: (url, init) => fetch(url, init),
    });
    effect(() => {
      // With another list of models there is also another list of what can be had.
      if (models.isOpen.value && config.value?.mayChangeModels) this.#admin.refresh();
    });
  }

  /** What the sheet says. Reads signals: who draws it draws it again when something changes. */
  view(): ModelsView {
    const { config, choices, selected, figures, models } = this.#options.state;
    const { trial, outcome, failures, stock, ownJobs, problem } = models;
    return modelsView({
      models: config.value?.models ?? [],
      choices: choices.value,
      side: this.#side,
      fps: this.#fps,
      processedFps: figures.value.processedFps,
      profile: selected.value?.camera?.profile ?? config.value?.profile ?? "balanced",
      measuredMs: this.#measuredMs,
      trial: trial.value,
      outcome: outcome.value,
      failures: failures.value,
      stock: stock.value,
      ownJobs: ownJobs.value,
      problem: problem.value,
      isOwner: config.value?.mayChangeModels ?? false,
    });
  }

  open(): void {
    this.#options.state.models.isOpen.value = true;
  }

  close(): void {
    const { isOpen, problem, ownJobs, stock } = this.#options.state.models;
    this.cancelTrial();
    isOpen.value = false;
    // What is over was seen.
    problem.value = null;
    const jobs = stock.peek()?.jobs.filter(isUnderWay).map(({ id }) => id);
    ownJobs.value = new Set(jobs).intersection(ownJobs.peek());
  }

  /** By hand. */
  choose(modelId: string): void {
    const { choices, models } = this.#options.state;
    models.outcome.value = null;
    choices.value = { ...choices.peek(), modelId };
  }

  /** By measurement: what has not run here is tried first. @param isAnew What has run is too. */
  async pick(wish: ModelWish, isAnew = false): Promise<void> {
    const { choices, models } = this.#options.state;
    models.outcome.value = null;
    if (this.#side === "local" && !await this.#try(isAnew)) return;
    const [side, fps] = [this.#side, this.#fps];
    const known = {
      models: this.#present,
      inUseId: choices.peek().modelId,
      measuredMs: this.#measuredMs,
    };
    const candidates = candidatesOf(known, { side, failures: models.failures.peek() });
    const pick = pickModel(wish, candidates, 1000 / fps);
    models.outcome.value = { wish, pick, fps, side };
    // With a size that is fixed, the times would not be those that it was picked by.
    if (pick !== null) choices.value = { ...choices.peek(), modelId: pick.id, size: null };
  }

  measureAgain(): void {
    const wish = this.#options.state.models.outcome.peek()?.wish;
    if (wish !== undefined) void this.pick(wish, true);
  }

  cancelTrial(): void {
    this.#trial?.abort();
  }

  /** A file was dropped or chosen. */
  add(file: File): void {
    const { models, config, localProblem } = this.#options.state;
    if (config.peek()?.mayChangeModels !== true) {
      localProblem.value = `${
        shortName(file.name)
      } was not added: only the owner, on the computer that runs Peerlens, adds models.`;
      return;
    }
    this.open();
    if (isModelFile(file)) void this.#admin.add(file);
    else models.problem.value = `${shortName(file.name)} is no .onnx file.`;
  }

  remove(id: string): void {
    void this.#admin.remove(id);
  }

  pull(id: string, acceptedLicence: string | null): void {
    void this.#admin.pull(id, acceptedLicence);
  }

  cancelJob(job: number): void {
    void this.#admin.cancel(job);
  }

  acceptOffer(id: number): void {
    const { models, config, choices } = this.#options.state;
    const job = models.stock.peek()?.jobs.find((one) => one.id === id);
    const known = { models: config.peek()?.models ?? [], choices: choices.peek() };
    const offer = job === undefined ? null : offerOf(job, known);
    if (offer?.kind === "use") this.choose(job!.modelId!);
    if (offer?.kind === "coco") void this.#admin.addAgain(id, { labels: "coco" });
  }

  /** @returns Whether it came to its end. */
  async #try(isAnew: boolean): Promise<boolean> {
    const { state: { models }, create } = this.#options;
    const untried = this.#present.filter((model) =>
      isPickable(model) && (isAnew || this.#measuredMs(model) === null)
    );
    if (untried.length === 0) return true;
    const trial = new AbortController();
    this.#trial = trial;
    models.failures.value = await tryModels(untried, {
      create,
      signal: trial.signal,
      onProgress: (view) => models.trial.value = view,
    });
    models.trial.value = null;
    return !trial.signal.aborted;
  }

  /** Without one that is only on this page any more. */
  get #present(): readonly ServedModel[] {
    const { models } = this.#options.state.config.peek()!;
    return models.filter((model) => !isGone(model));
  }

  /** Where frames go; where none do, they would stay here. */
  get #side(): Side {
    return this.#options.state.run.value.side ?? "local";
  }

  get #fps(): number {
    return this.#options.state.figures.value.cameraFps || USUAL_FPS;
  }

  readonly #measuredMs = (model: ServedModel): number | null =>
    this.#options.runs.timeOf(this.#side, model);
}

/** Whether a file is a model by its name; else it is taken for a video. */
export function isModelFile({ name }: Pick<File, "name">): boolean {
  return /\.onnx$/i.test(name);
}
