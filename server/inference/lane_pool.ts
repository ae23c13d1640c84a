import type { CatalogModel } from "../../models/catalog.ts";
import { chooseLayout, type Layout, layouts, type LayoutTrial, toTrial } from "./calibration.ts";
import type { ExecutionProvider } from "../base/config.ts";
import { Lane } from "./lane.ts";
import type { LaneModel } from "./lane_messages.ts";
import type { ProviderName } from "./session.ts";

/** Each layout is measured twice for this long: alone and together. */
const TRIAL_MS = 200;

/** How the lanes are to be made. */
export interface PoolOptions {
  readonly model: CatalogModel;
  readonly executionProvider: ExecutionProvider;
  /** CPU threads over all sessions. */
  readonly threads: number;
  /** Taken without calibration; `null` calibrates. */
  readonly layout: Layout | null;
  readonly onBroken: (message: string) => void;
}

/** All lanes, each with the same models. */
export class LanePool {
  readonly lanes: readonly Lane[];
  readonly provider: ProviderName;
  readonly threads: number;
  /** Why the provider is not the preferred one; `null` when it is. */
  readonly note: string | null;
  /** What calibration saw; empty where there was nothing to choose. */
  readonly trials: readonly LayoutTrial[];

  constructor(made: Pick<LanePool, "lanes" | "provider" | "threads" | "note" | "trials">) {
    this.lanes = made.lanes;
    this.provider = made.provider;
    this.threads = made.threads;
    this.note = made.note;
    this.trials = made.trials;
  }

  /** Loads a model into every lane. @throws {Error} If one cannot. */
  async load(model: CatalogModel): Promise<LaneModel> {
    const { provider, threads } = this;
    const request = { kind: "load", model, providers: [provider], threads } as const;
    const [first, ...others] = this.lanes;
    // The first alone, so that its run is measured while the others are not doing the same.
    const { model: loaded } = await first!.expect(request, "loaded");
    await Promise.all(others.map((lane) => lane.expect(request, "loaded")));
    return loaded;
  }

  /** Frees a model in every lane. */
  async unload(modelId: string): Promise<void> {
    const request = { kind: "unload", modelId } as const;
    await Promise.all(this.lanes.map((lane) => lane.expect(request, "unloaded")));
  }
}

/**
 * Makes the lanes and loads `model` into them, spread as a short calibration finds best.
 * @throws {Error} In words, naming the provider, if none loads the model.
 */
export async function makePool(
  options: PoolOptions,
): Promise<{ pool: LanePool; first: LaneModel }> {
  const spread = new Spread(options);
  const { provider, note } = await spread.to({ sessions: 1, threads: options.threads });
  // A GPU serves one session at a time, and its session needs the CPU little.
  const candidates = provider !== "cpu" ? layouts(1) : layouts(options.threads);
  const chosen = options.layout ?? (candidates.length === 1 ? candidates[0]! : null);
  const trials = chosen === null ? await tryAll(candidates, spread, options.model.entry.id) : [];
  const layout = chosen ?? chooseLayout(trials);
  const first = await spread.to(layout);
  const pool = new LanePool({
    lanes: spread.lanes,
    provider,
    threads: layout.threads,
    note,
    trials,
  });
  const trial = trials.find(({ sessions }) => sessions === layout.sessions);
  return { pool, first: trial === undefined ? first : { ...first, runMs: trial.loneRunMs } };
}

async function tryAll(
  candidates: readonly Layout[],
  spread: Spread,
  modelId: string,
): Promise<LayoutTrial[]> {
  const measure = { kind: "measure", modelId, forMs: TRIAL_MS } as const;
  const trials: LayoutTrial[] = [];
  for (const layout of candidates) {
    await spread.to(layout);
    const [lane] = spread.lanes;
    const lone = await lane!.expect(measure, "measured");
    const together = await Promise.all(
      spread.lanes.map((each) => each.expect(measure, "measured")),
    );
    trials.push(toTrial(layout, lone.runsMs, together.map(({ runsMs }) => runsMs)));
  }
  return trials;
}

/** Lanes that take one layout after another, each with the model. */
class Spread {
  readonly lanes: Lane[] = [];
  readonly #options: PoolOptions;
  #providers: readonly ProviderName[];
  #loaded: { readonly lane: Lane; readonly threads: number; readonly model: LaneModel }[] = [];

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#providers = preferred(options.executionProvider);
  }

  /** @returns The model as the first lane has it. */
  async to({ sessions, threads }: Layout): Promise<LaneModel> {
    while (this.lanes.length > sessions) this.lanes.pop()!.close();
    while (this.lanes.length < sessions) this.lanes.push(new Lane(this.#options.onBroken));
    const loaded = [];
    // One after another, so that none is measured while the next one loads.
    for (const lane of this.lanes) loaded.push(await this.#load(lane, threads));
    this.#loaded = loaded;
    const { model } = this.#loaded[0]!;
    this.#providers = [model.provider];
    return model;
  }

  async #load(lane: Lane, threads: number) {
    const loaded = this.#loaded.find((each) => each.lane === lane && each.threads === threads);
    if (loaded !== undefined) return loaded;
    const { model } = this.#options;
    const request = { kind: "load", model, providers: this.#providers, threads } as const;
    return { lane, threads, model: (await lane.expect(request, "loaded")).model };
  }
}

function preferred(provider: ExecutionProvider): readonly ProviderName[] {
  if (provider !== "auto") return [provider];
  if (Deno.build.os === "windows") return ["dml", "cpu"];
  return Deno.build.os === "darwin" ? ["coreml", "cpu"] : ["cuda", "cpu"];
}
