import type { CatalogModel } from "../../models/catalog.ts";

/** Models loaded at once, the default one included: some 30–100 MB each, in every lane. */
export const MAX_LOADED_MODELS = 3;

/** Why a model cannot be used. */
export type ModelRefusal = "unknown-model" | "unavailable";

/** What loading gives. */
interface Loaded {
  readonly runMs: number;
}

/** How models get loaded and freed; the lanes' part. */
export interface ModelLoader {
  load(model: CatalogModel): Promise<Loaded>;
  unload(modelId: string): Promise<void>;
}

interface Kept {
  readonly loading: Promise<Loaded>;
  readonly users: Set<string>;
}

/**
 * Which models are loaded. One that nobody uses any more stays until its place is needed; one in use
 * stays in any case.
 */
export class ModelStore {
  readonly #models: ReadonlyMap<string, CatalogModel>;
  readonly #loader: ModelLoader;
  readonly #defaultId: string;
  /** The one used longest ago first. */
  readonly #kept = new Map<string, Kept>();
  readonly #runMs: Record<string, number> = {};

  /** @param first The default model, which is loaded already and is kept for ever. */
  constructor(
    models: readonly CatalogModel[],
    loader: ModelLoader,
    first: Loaded & { readonly id: string },
  ) {
    this.#models = new Map(models.map((model) => [model.entry.id, model]));
    this.#loader = loader;
    this.#defaultId = first.id;
    this.#runMs[first.id] = first.runMs;
    this.#kept.set(first.id, { loading: Promise.resolve(first), users: new Set() });
  }

  /** Warm median run of each model loaded so far, ms. */
  get runMs(): Readonly<Record<string, number>> {
    return { ...this.#runMs };
  }

  /** Class names of a model in class order; none of one that is not there. */
  labels(modelId: string): readonly string[] {
    return this.#models.get(modelId)?.labels ?? [];
  }

  /** Models that are loaded or being loaded. */
  get size(): number {
    return this.#kept.size;
  }

  /**
   * Makes a model ready for a user, who must {@linkcode ModelStore.release} it.
   * @returns Its run time, or why it is not to be had.
   * @throws {Error} If it does not load.
   */
  async use(modelId: string, user: string): Promise<Loaded | ModelRefusal> {
    const model = this.#models.get(modelId);
    if (model === undefined) return "unknown-model";
    const kept = this.#kept.get(modelId) ?? this.#makeRoomFor(model);
    if (kept === null) return "unavailable";
    kept.users.add(user);
    this.#kept.delete(modelId);
    this.#kept.set(modelId, kept);
    return await kept.loading;
  }

  /** Says that `user` does not use the model any more. */
  release(modelId: string, user: string): void {
    this.#kept.get(modelId)?.users.delete(user);
  }

  #makeRoomFor(model: CatalogModel): Kept | null {
    const { id } = model.entry;
    if (this.#kept.size >= MAX_LOADED_MODELS) {
      const unused = [...this.#kept].find(([keptId, { users }]) =>
        keptId !== this.#defaultId && users.size === 0
      );
      if (unused === undefined) return null;
      this.#kept.delete(unused[0]);
      // Not waited for: lanes answer in order, so it is gone before the new one is loaded.
      void this.#loader.unload(unused[0]);
    }
    const loading = this.#loader.load(model).then((loaded) => {
      this.#runMs[id] = loaded.runMs;
      return loaded;
    });
    const kept = { loading, users: new Set<string>() };
    this.#kept.set(id, kept);
    loading.catch(() => {
      if (this.#kept.get(id) === kept) this.#kept.delete(id);
    });
    return kept;
  }
}
