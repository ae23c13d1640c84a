import type { CatalogModel } from "../../models/catalog.ts";
import { chooseLayout, type Layout, layouts, type LayoutTrial, toTrial } from "./calibration.ts";
import type { ExecutionProvider } from "../base/config.ts";
import { Lane } from "./lane.ts";
import type { LaneModel } from "./lane_messages.ts";
import type { ProviderName } from "./session.ts";

/** Each layout is measured for this long alone, and as long together. Frames wait meanwhile, and live longer. */
const TRIAL_MS = 150;

/** A Worker that had a large picture is replaced after this long: pictures come in rows. */
const SWOLLEN_FOR_MS = 20_000;

/** How the lanes are to be made. */
export interface PoolOptions {
  /** Kept loaded, and what layouts are measured with. */
  readonly model: CatalogModel;
  readonly executionProvider: ExecutionProvider;
  /** CPU threads over all sessions. */
  readonly threads: number;
  /** `null`: one session, until more are needed; see {@linkcode LanePool.calibrate}. */
  readonly layout: Layout | null;
  readonly onBroken: (message: string) => void;
}

/** What gives frames to lanes. */
export interface LaneGate {
  /** Holds frames back; resolves when none is in work. */
  hold(): Promise<void>;
  /** Gives frames to these lanes from now on. */
  go(lanes: readonly Lane[]): void;
}

/** What {@linkcode LanePool.calibrate} came to. */
export interface Calibration {
  /** By rising number of sessions. */
  readonly trials: readonly LayoutTrial[];
  /** Warm median run of each model that is loaded, ms, by the id of its entry. */
  readonly runMs: ReadonlyMap<string, number>;
}

/** All lanes, each with the same models. One thing at a time is done to them, besides frames. */
export class LanePool {
  readonly provider: ProviderName;
  /** Why the provider is not the preferred one; `null` when it is. */
  readonly note: string | null;
  readonly #options: PoolOptions;
  #lanes: readonly Lane[];
  #threads: number;
  #isCalibrated: boolean;
  /** Being measured, or about to take over. */
  #candidates: readonly Lane[] = [];
  readonly #models = new Map<string, CatalogModel>();
  #isGivingBack = false;
  #giveBackAfterMs = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #isEnding = false;

  constructor(options: PoolOptions, lanes: readonly Lane[], { provider, note }: LaneModel) {
    this.#options = options;
    this.#lanes = lanes;
    this.#threads = options.layout?.threads ?? options.threads;
    this.provider = provider;
    this.note = note;
    // A GPU serves one session at a time, and its session needs the CPU little.
    const hasChoice = provider === "cpu" && layouts(options.threads).length > 1;
    this.#isCalibrated = options.layout !== null || !hasChoice;
    this.#models.set(options.model.entry.id, options.model);
  }

  /** Those that frames go to now. */
  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** Of each session. */
  get threads(): number {
    return this.#threads;
  }

  /** Whether it is known how many lanes are best. */
  get isCalibrated(): boolean {
    return this.#isCalibrated;
  }

  /** See {@linkcode Lane.isStuck}. */
  get isStuck(): boolean {
    return this.#lanes.some((lane) => lane.isStuck) ||
      this.#candidates.some((lane) => lane.isStuck);
  }

  /** Loads a model into every lane, or into none. @throws {Error} If one cannot. */
  load(model: CatalogModel): Promise<LaneModel> {
    return this.#inTurn(async () => {
      try {
        const loaded = await loadInto(this.#lanes, model, [this.provider], this.#threads);
        this.#models.set(model.entry.id, model);
        return loaded;
      } catch (error) {
        await this.#free(model.entry.id);
        throw error;
      }
    });
  }

  /** Frees a model in every lane. Never rejects. */
  unload(modelId: string): Promise<void> {
    return this.#inTurn(() => this.#free(modelId));
  }

  /**
   * Finds out how many lanes are best, and has that many from then on. Not at the start: it takes a
   * second and more, and memory for each lane, and one viewer alone is served best by one lane.
   */
  calibrate(gate: LaneGate): Promise<Calibration> {
    // Not twice, whatever comes of it.
    this.#isCalibrated = true;
    return this.#inTurn(async () => {
      const trials = [await this.#tryPresent(gate)];
      let best: { readonly layout: Layout; readonly lanes: readonly Lane[] } | null = null;
      try {
        for (const layout of layouts(this.#options.threads).slice(1)) {
          const lanes = await this.#make(layout);
          trials.push(await this.#try(layout, lanes, gate));
          const isBest = chooseLayout(trials).sessions === layout.sessions;
          this.#candidates = isBest ? lanes : best?.lanes ?? [];
          closeAll(isBest ? best?.lanes ?? [] : lanes);
          if (isBest) best = { layout, lanes };
        }
        const { sessions, threads } = chooseLayout(trials);
        if (sessions === 1) return { trials, runMs: new Map() };
        const isThere = best?.layout.sessions === sessions;
        const lanes = isThere ? best!.lanes : await this.#make({ sessions, threads });
        const runMs = await this.#take(lanes, threads, gate);
        best = null;
        return {
          trials,
          runMs: runMs.set(this.#options.model.entry.id, loneRunOf(trials, sessions)),
        };
      } finally {
        closeAll(this.#candidates);
        this.#candidates = [];
      }
    });
  }

  /** Resolves when nothing is in work. Nothing more is begun, and what waits is never answered. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await Promise.all([...this.#lanes, ...this.#candidates].map((lane) => lane.end()));
  }

  async #tryPresent(gate: LaneGate): Promise<LayoutTrial> {
    return await this.#try({ sessions: 1, threads: this.#threads }, this.#lanes, gate);
  }

  /** New lanes with the model that is measured. */
  async #make({ sessions, threads }: Layout): Promise<readonly Lane[]> {
    if (this.#isEnding) return await new Promise(() => {});
    const lanes = Array.from({ length: sessions }, () => new Lane(this.#options.onBroken));
    this.#candidates = [...this.#candidates, ...lanes];
    await loadInto(lanes, this.#options.model, [this.provider], threads);
    return lanes;
  }

  async #try(layout: Layout, lanes: readonly Lane[], gate: LaneGate): Promise<LayoutTrial> {
    const { id: modelId } = this.#options.model.entry;
    const measure = { kind: "measure", modelId, forMs: TRIAL_MS } as const;
    await gate.hold();
    try {
      const lone = await lanes[0]!.expect(measure, "measured");
      const together = lanes.length === 1
        ? [lone]
        : await Promise.all(lanes.map((lane) => lane.expect(measure, "measured")));
      return toTrial(layout, lone.runsMs, together.map(({ runsMs }) => runsMs));
    } finally {
      gate.go(this.#lanes);
    }
  }

  /** Has these lanes do the work from now on. @returns What their other models take. */
  async #take(
    lanes: readonly Lane[],
    threads: number,
    gate: LaneGate,
  ): Promise<Map<string, number>> {
    const runMs = new Map<string, number>();
    for (const [id, model] of this.#models) {
      if (id === this.#options.model.entry.id) continue;
      runMs.set(id, (await loadInto(lanes, model, [this.provider], threads)).runMs);
    }
    await gate.hold();
    const before = this.#lanes;
    this.#lanes = lanes;
    this.#threads = threads;
    this.#candidates = this.#candidates.filter((lane) => !lanes.includes(lane));
    gate.go(lanes);
    closeAll(before);
    return runMs;
  }

  /**
   * Replaces a Worker that holds much memory since a large picture; frames go on meanwhile. To be
   * called now and then.
   * @param isOffered Whether a model can be loaded again: the file of another may be gone or changed.
   */
  async giveBack(
    isOffered: (modelId: string) => boolean,
    nowMs = performance.now(),
    swollenForMs = SWOLLEN_FOR_MS,
  ): Promise<void> {
    if (this.#isGivingBack || nowMs < this.#giveBackAfterMs) return;
    const beforeMs = nowMs - swollenForMs;
    const swollen = (lane: Lane) => lane.swollenSince(beforeMs, isOffered);
    const lane = this.#lanes.find((lane) => swollen(lane) !== undefined);
    if (lane === undefined) return;
    this.#isGivingBack = true;
    await this.#inTurn(async () => {
      const model = this.#models.get(swollen(lane) ?? "");
      const isHere = model !== undefined && this.#lanes.includes(lane);
      if (isHere) await loadInto([lane], model, [this.provider], this.#threads);
      // It did not load: what there is goes on, and is tried again later.
    }).catch(() => void (this.#giveBackAfterMs = nowMs + SWOLLEN_FOR_MS));
    this.#isGivingBack = false;
  }

  async #free(modelId: string): Promise<void> {
    this.#models.delete(modelId);
    await Promise.all(this.#lanes.map((lane) => lane.ask({ kind: "unload", modelId })));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}

/**
 * Makes the lanes and loads `model` into them.
 * @throws {Error} In words, naming the provider, if none loads the model.
 */
export async function makePool(
  options: PoolOptions,
): Promise<{ pool: LanePool; first: LaneModel }> {
  const { sessions, threads } = options.layout ?? { sessions: 1, threads: options.threads };
  const lanes = Array.from({ length: sessions }, () => new Lane(options.onBroken));
  const providers = preferred(options.executionProvider);
  const first = await loadInto(lanes, options.model, providers, threads);
  return { pool: new LanePool(options, lanes, first), first };
}

/** @returns The model as the first lane has it. */
async function loadInto(
  [first, ...others]: readonly Lane[],
  model: CatalogModel,
  providers: readonly ProviderName[],
  threads: number,
): Promise<LaneModel> {
  // The first alone, so that its run is measured while the others are not doing the same.
  const request = { kind: "load", model, providers, threads } as const;
  const { model: loaded } = await first!.expect(request, "loaded");
  const same = { ...request, providers: [loaded.provider] };
  await Promise.all(others.map((lane) => lane.expect(same, "loaded")));
  return loaded;
}

function loneRunOf(trials: readonly LayoutTrial[], sessions: number): number {
  return trials.find((trial) => trial.sessions === sessions)!.loneRunMs;
}

function closeAll(lanes: readonly Lane[]): void {
  for (const lane of lanes) lane.close();
}

function preferred(provider: ExecutionProvider): readonly ProviderName[] {
  if (provider !== "auto") return [provider];
  if (Deno.build.os === "windows") return ["dml", "cpu"];
  return Deno.build.os === "darwin" ? ["coreml", "cpu"] : ["cuda", "cpu"];
}
