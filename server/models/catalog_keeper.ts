import { fileURLToPath } from "node:url";
import {
  type Catalog,
  type CatalogModel,
  loadCatalog,
  localFolder,
  type SearchedCatalog,
  uncheckedText,
} from "../../models/catalog.ts";
import { type FileFact, hashFile } from "../../models/file_hash.ts";
import { HOME } from "../../models/manifest.ts";
import { chosenFirst } from "./served_models.ts";
import type { Log } from "../base/log.ts";

/** How often is looked. A change is known after two looks at most, and one more for a folder that rests. */
const LOOK_MS = 400;

/** A folder in which something is written all the time is read all the same after so many looks. */
const MAX_UNSETTLED_LOOKS = 3;

/** Where models are, and which one comes first. */
export interface CatalogKeeperOptions {
  /** Folders of `PEERLENS_MODELS`. */
  readonly searchPath: readonly string[];
  /** Id of the model to start with; `null`: the best one present. */
  readonly chosenId: string | null;
  readonly log: Log;
  /** @default {HOME} */
  readonly home?: URL;
}

/**
 * The models of this computer as they are now: `deno task models` adds, pulls and removes them while the
 * server runs. Folders are looked at, not watched: that works on every file system, also for a folder
 * that is not there yet, and costs a dozen `stat` calls.
 */
export class CatalogKeeper {
  readonly #options: CatalogKeeperOptions;
  readonly #facts = new FileFacts();
  #catalog: Catalog = { present: [], missing: [], damaged: [], problem: null };
  /** What the files were at the last look. */
  #marks = "";
  /** Looks since they were seen to change; 0: read since. */
  #unsettled = 0;
  #told: ReadonlySet<string> = new Set();

  private constructor(options: CatalogKeeperOptions) {
    this.#options = options;
  }

  /**
   * Reads the models for the first time.
   * @throws {UsageError} If the chosen model is not here.
   * @throws {TypeError} If the manifest is not valid.
   */
  static async open(options: CatalogKeeperOptions): Promise<CatalogKeeper> {
    const keeper = new CatalogKeeper(options);
    const found = await keeper.#search();
    chosenFirst(found, options.chosenId);
    keeper.#take(found);
    return keeper;
  }

  /** What is here, the model to start with first. */
  get catalog(): Catalog {
    return this.#catalog;
  }

  /** Folders in which models are, or will be. */
  get folders(): readonly string[] {
    const { home = HOME, searchPath } = this.#options;
    return [fileURLToPath(home), ...searchPath];
  }

  /** Whether a model was pulled or added here. */
  isRemovable({ path }: CatalogModel): boolean {
    return path.startsWith(fileURLToPath(localFolder(this.#options.home ?? HOME)));
  }

  /** Looks again and again, for as long as the process lives. @returns Ends it. */
  watch(onChange: () => void): () => void {
    let isLooking = false;
    const timer = setInterval(async () => {
      // Large files take longer than a look.
      if (isLooking) return;
      isLooking = true;
      if (await this.look()) onChange();
      isLooking = false;
    }, LOOK_MS);
    return () => clearInterval(timer);
  }

  /**
   * Looks once. What has changed is read at the next look, when the change is over: a model is never
   * seen half replaced. @returns Whether the catalog is another one.
   */
  async look(): Promise<boolean> {
    const marks = await this.#readMarks();
    const isMoving = marks !== this.#marks;
    this.#marks = marks;
    if (isMoving || this.#unsettled > 0) this.#unsettled += 1;
    if (this.#unsettled === 0 || (isMoving && this.#unsettled <= MAX_UNSETTLED_LOOKS)) return false;
    this.#unsettled = 0;
    try {
      return this.#take(await this.#search());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.log.warn("models not read", { reason });
      return false;
    }
  }

  #search(): Promise<SearchedCatalog> {
    const { searchPath, home = HOME } = this.#options;
    return loadCatalog(searchPath, home, this.#facts.of);
  }

  #take(found: SearchedCatalog): boolean {
    const { log, chosenId } = this.#options;
    const told = [...found.damaged, ...uncheckedText(found)];
    for (const reason of told) {
      if (!this.#told.has(reason)) log.warn("model file not used", { reason });
    }
    this.#told = new Set(told);
    const before = this.#catalog;
    const { unchecked: _unchecked, ...catalog } = found;
    const isChosenHere = found.present.some(({ entry }) => entry.id === chosenId);
    const present = [...chosenFirst(found, isChosenHere ? chosenId : null)];
    this.#catalog = { ...catalog, present };
    return JSON.stringify(before) !== JSON.stringify(this.#catalog);
  }

  async #readMarks(): Promise<string> {
    const { home = HOME, searchPath } = this.#options;
    const paths = [
      ...["manifest.json", "local/local.json"].map((name) => new URL(name, home)),
      ...[home, localFolder(home), ...searchPath],
      ...this.#catalog.present.map(({ path }) => path),
    ];
    const marks = await Promise.all(
      paths.map((path) => Deno.stat(path).then(markOf, () => "none")),
    );
    return marks.join("\n");
  }
}

/** What files are, each read again only when it is another one than before. */
class FileFacts {
  readonly #known = new Map<string, { readonly mark: string; readonly fact: FileFact }>();

  /** @throws {Deno.errors.NotFound} And whatever else keeps a file from being read. */
  readonly of = async (path: string): Promise<FileFact> => {
    const mark = markOf(await Deno.stat(path));
    const known = this.#known.get(path);
    if (known?.mark === mark) return known.fact;
    this.#known.delete(path);
    const fact = await hashFile(path);
    this.#known.set(path, { mark, fact });
    return fact;
  };
}

/** Is another one when the file, or what is in a folder, is another one. */
function markOf({ size, mtime, ino }: Deno.FileInfo): string {
  return `${size} ${mtime?.getTime()} ${ino}`;
}
