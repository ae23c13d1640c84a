import { effect } from "@preact/signals";
import type { ClientConfig, ServedModel } from "@/protocol";
import type { Timers } from "../base/timers.ts";
import { type DetectionChoices, startChoices } from "../detection/detection_settings.ts";
import type { ViewerState } from "./viewer_state.ts";

/** What the list works with. */
export interface ModelListOptions {
  readonly state: Pick<ViewerState, "config" | "choices">;
  readonly timers: Pick<Timers, "setTimeout">;
  /** Asks the server. @throws {Error} If it does not answer. */
  readConfig(): Promise<ClientConfig>;
}

/** A server that does not answer is asked again after so long, and not for ever: it tells anew. */
const RETRY_MS = 1_000;
const MAX_TRIES = 5;

/** Keeps the page's models those of the server, which come and go while the page is open. */
export class ModelList {
  readonly #options: ModelListOptions;
  #heard: string | null = null;
  #isReading = false;

  constructor(options: ModelListOptions) {
    this.#options = options;
    const { config, choices } = options.state;
    effect(() => {
      const { modelId } = choices.value;
      const known = config.peek();
      if (known?.models.some((model) => isGone(model) && model.id !== modelId) !== true) return;
      config.value = { ...known, models: known.models.filter((model) => !isGone(model)) };
    });
  }

  /** The server says which models it has: the page asks for the list unless it has that one. */
  heard(revision: string): void {
    this.#heard = revision;
    if (!this.#isReading) void this.#read();
  }

  async #read(): Promise<void> {
    const { state, timers, readConfig } = this.#options;
    this.#isReading = true;
    for (let tries = 0; tries < MAX_TRIES && !this.#isCurrent(); tries++) {
      const fresh = await readConfig().catch(() => null);
      const known = state.config.peek();
      if (fresh !== null && known !== null) {
        const { choices, ...models } = withFreshModels(known, fresh, state.choices.peek());
        // First: whoever sees the new list finds the choice in it.
        state.config.value = { ...known, ...models };
        state.choices.value = choices;
      }
      if (this.#isCurrent()) break;
      await new Promise<void>((resolve) => void timers.setTimeout(resolve, RETRY_MS));
    }
    this.#isReading = false;
  }

  #isCurrent(): boolean {
    const known = this.#options.state.config.peek();
    return known === null || known.modelsRevision === this.#heard;
  }
}

const GONE = " (removed)";

/** Whether a model is only on this page any more. */
export function isGone({ title }: ServedModel): boolean {
  return title.endsWith(GONE);
}

/**
 * The server's models of now. One that is in use here and was removed there stays, last and marked,
 * until another is chosen. Where there was none to choose, the first is chosen.
 */
export function withFreshModels(
  { models: known }: Pick<ClientConfig, "models">,
  { models, modelProblem, modelsRevision }: Pick<
    ClientConfig,
    "models" | "modelProblem" | "modelsRevision"
  >,
  choices: DetectionChoices,
): Pick<ClientConfig, "models" | "modelProblem" | "modelsRevision"> & {
  readonly choices: DetectionChoices;
} {
  const isUsed = ({ id }: ServedModel) => id === choices.modelId;
  const used = known.find(isUsed);
  const fresh = models.find(isUsed);
  const gone = used === undefined || fresh !== undefined
    ? []
    : [isGone(used) ? used : { ...used, title: `${used.title}${GONE}` }];
  const list = [...models, ...gone];
  const told = { models: list, modelProblem, modelsRevision };
  if (choices.modelId === null) {
    const { detectionFps } = choices;
    return { ...told, choices: startChoices({ models, detectionFps }, choices) };
  }
  // Numbers of classes mean other names then.
  const isRenamed = used !== undefined && fresh !== undefined &&
    JSON.stringify(used.labels) !== JSON.stringify(fresh.labels);
  return { ...told, choices: isRenamed ? { ...choices, classes: null } : choices };
}
