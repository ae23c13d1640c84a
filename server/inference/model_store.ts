import { inputSize, MAX_RELAY_SIDE_PX, sizeCount } from "@/protocol";
import type { CatalogModel } from "../../models/catalog.ts";
import { KeyedLimiter } from "../base/rate_limit.ts";
import type { Account } from "./account.ts";

/** Models loaded at once, the default one included: some 30–100 MB each, in every lane. */
export const MAX_LOADED_MODELS = 3;

/** Beside these, models that only trusted accounts have loaded: guests cannot take every place. */
export const RESERVED_MODELS = 1;

/** Models that are loaded for one address: a person tries a few, then looks at what they find. */
export const LOAD_RATE = { perSecond: 0.2, burst: 5 };

/** Why a model cannot be used; `too-fast`: not now; `too-many`: others have all places. */
export type ModelRefusal = "unknown-model" | "too-many" | "too-fast";

/** What loading gives. */
interface Loaded {
  readonly runMs: number;
}

/** How models get loaded and freed; the lanes' part. They know a model by the id of its entry. */
export interface ModelLoader {
  load(model: CatalogModel): Promise<Loaded>;
  /** Never rejects. */
  unload(modelId: string): Promise<void>;
}

/** The models of this computer, as the server tells of them. */
export interface OfferedModels {
  readonly models: readonly CatalogModel[];
  /** Kept loaded. */
  readonly defaultModelId: string;
}

/**
 * One content of a model id. The first has the id as its name, each later one a number behind it, so
 * that those who use the earlier one are not mixed up with those who want the new.
 */
interface Version {
  readonly name: string;
  readonly model: CatalogModel;
}

interface Kept extends Version {
  readonly loading: Promise<Loaded>;
  readonly users: Set<string>;
}

/** The id of a model that is loaded under `name`. */
export function modelIdOf(name: string): string {
  return name.split("#", 1)[0]!;
}

/**
 * Which models are loaded. One that nobody uses any more stays until its place is needed; one in use
 * stays in any case, even when it is removed from this computer or its file is another one by now.
 */
export class ModelStore {
  readonly #loader: ModelLoader;
  /** What new users get, by model id. */
  #offered: ReadonlyMap<string, Version> = new Map();
  #defaultId = "";
  #maxSidePx = MAX_RELAY_SIDE_PX;
  /** By name, the one used longest ago first. */
  readonly #kept = new Map<string, Kept>();
  /** How many contents an id has had. */
  readonly #versions = new Map<string, number>();
  readonly #runMs: Record<string, number> = {};
  readonly #loads = new KeyedLimiter(LOAD_RATE);
  readonly #now: () => number;

  /**
   * @param first The run of the default model, which is loaded already.
   * @param now Ms on a clock that does not go backwards.
   */
  constructor(
    offered: OfferedModels,
    loader: ModelLoader,
    first: Loaded,
    now = () => performance.now(),
  ) {
    this.#loader = loader;
    this.#now = now;
    this.offer(offered);
    const version = this.#offered.get(offered.defaultModelId)!;
    this.#runMs[version.name] = first.runMs;
    const loading = Promise.resolve(first);
    this.#kept.set(version.name, { ...version, loading, users: new Set() });
  }

  /** Takes note of what is on this computer now. */
  offer({ models, defaultModelId }: OfferedModels): void {
    this.#offered = new Map(models.map((model) => [model.entry.id, this.#versionOf(model)]));
    this.#defaultId = defaultModelId;
    this.#maxSidePx = Math.max(MAX_RELAY_SIDE_PX, ...models.map(largestSidePx));
    for (const kept of [...this.#kept.values()]) this.#forgetUnused(kept);
  }

  /** Of the largest picture that any of the models sees, and of one that is relayed. */
  get maxSidePx(): number {
    return this.#maxSidePx;
  }

  /** Warm median run of each model loaded so far, ms. */
  get runMs(): Readonly<Record<string, number>> {
    return { ...this.#runMs };
  }

  /** Runs were measured anew: the lanes are others. */
  measured(runMs: ReadonlyMap<string, number>): void {
    for (const [name, ms] of runMs) {
      const kept = this.#kept.get(name);
      if (kept === undefined) continue;
      this.#runMs[name] = ms;
      this.#kept.set(name, { ...kept, loading: Promise.resolve({ runMs: ms }) });
    }
  }

  /** Whether a model is loaded, or being loaded, under this name. */
  has(name: string): boolean {
    return this.#kept.has(name);
  }

  /** Whether new users get the model of this name. */
  isOffered(name: string): boolean {
    return this.#offered.get(modelIdOf(name))?.name === name;
  }

  /** Class names of a loaded model in class order; none of one that is not there. */
  labels(name: string): readonly string[] {
    return this.#kept.get(name)?.model.labels ?? [];
  }

  /** Models that are loaded or being loaded. */
  get size(): number {
    return this.#kept.size;
  }

  /**
   * The name under which a model is to be used; `null`: there is none of that id. One that is not on
   * this computer any more is still there for those who use it.
   */
  nameOf(modelId: string, user: string): string | null {
    const offered = this.#offered.get(modelId);
    if (offered !== undefined) return offered.name;
    const used = [...this.#kept.values()].findLast(({ name, users }) =>
      modelIdOf(name) === modelId && users.has(user)
    );
    return used?.name ?? null;
  }

  /**
   * Makes a model ready for a user, who must {@linkcode ModelStore.release} it.
   * @param name See {@linkcode ModelStore.nameOf}.
   * @returns Its run time, or why it is not to be had.
   * @throws {Error} If it does not load.
   */
  async use(name: string, user: string, account: Account): Promise<Loaded | ModelRefusal> {
    const version = this.#kept.get(name) ?? this.#offered.get(modelIdOf(name));
    if (version?.name !== name) return "unknown-model";
    const kept = this.#kept.get(name) ?? this.#load(version, account);
    if (typeof kept === "string") return kept;
    kept.users.add(user);
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    return await kept.loading;
  }

  /** Says that `user` does not use the model any more. */
  release(name: string, user: string): void {
    const kept = this.#kept.get(name);
    kept?.users.delete(user);
    if (kept !== undefined) this.#forgetUnused(kept);
  }

  /** The one that is in use by nobody for longest. */
  #unused(): string | undefined {
    const defaultName = this.#offered.get(this.#defaultId)?.name;
    const unused = [...this.#kept.values()].find((kept) =>
      kept.name !== defaultName && kept.users.size === 0
    );
    return unused?.name;
  }

  #versionOf(model: CatalogModel): Version {
    const { id } = model.entry;
    const known = this.#offered.get(id) ?? this.#newestKept(id);
    // It may lie elsewhere by now.
    if (known !== undefined && isSame(known.model, model)) return { name: known.name, model };
    const count = (this.#versions.get(id) ?? 0) + 1;
    this.#versions.set(id, count);
    return { name: count === 1 ? id : `${id}#${count}`, model };
  }

  #newestKept(id: string): Version | undefined {
    return [...this.#kept.values()].findLast(({ name }) => modelIdOf(name) === id);
  }

  /** What nobody can ask for any more is freed with its last user. */
  #forgetUnused({ name, users }: Kept): void {
    if (users.size > 0 || this.isOffered(name)) return;
    this.#unload(name);
  }

  #unload(name: string): void {
    this.#kept.delete(name);
    delete this.#runMs[name];
    // Not waited for: the loader does one thing after another, so it is gone before the next is loaded.
    void this.#loader.unload(name);
  }

  #load({ name, model }: Version, account: Account): Kept | ModelRefusal {
    const isFull = this.#kept.size >= MAX_LOADED_MODELS;
    const unused = isFull ? this.#unused() : undefined;
    const places = MAX_LOADED_MODELS + (account.isTrusted ? RESERVED_MODELS : 0);
    if (unused === undefined && this.#kept.size >= places) return "too-many";
    if (this.#loads.take(account.address, this.#now()) > 0) return "too-fast";
    if (unused !== undefined) this.#unload(unused);
    const named = { ...model, entry: { ...model.entry, id: name } };
    const loading = this.#loader.load(named).then((loaded) => {
      this.#runMs[name] = loaded.runMs;
      return loaded;
    });
    const kept = { name, model, loading, users: new Set<string>() };
    this.#kept.set(name, kept);
    loading.catch(() => {
      if (this.#kept.get(name) === kept) this.#kept.delete(name);
    });
    return kept;
  }
}

function largestSidePx({ entry: { input } }: CatalogModel): number {
  const shapes = [{ widthPx: 1, heightPx: 1 }, { widthPx: 2, heightPx: 1 }];
  const sizes = shapes.flatMap((shape) =>
    Array.from({ length: sizeCount(input) }, (_, level) => inputSize(input, shape, level))
  );
  return Math.max(...sizes.flatMap(({ widthPx, heightPx }) => [widthPx, heightPx]));
}

/** Whether both are read and fed alike: the same bytes may be used in two ways. */
function isSame(a: CatalogModel, b: CatalogModel): boolean {
  return JSON.stringify([a.entry, a.labels]) === JSON.stringify([b.entry, b.labels]);
}
