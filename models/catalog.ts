import { fileURLToPath } from "node:url";
import type { ManifestEntry, ModelEntry } from "@/protocol";
import { type FileFact, hashFile } from "./file_hash.ts";
import { type LocalState, LocalStateError, NO_STATE, readLocalState } from "./local_state.ts";
import { HOME, readLabels, readManifest } from "./manifest.ts";

/** A model whose file is here and is the one that the manifest, or this computer's own list, names. */
export interface CatalogModel {
  readonly entry: ModelEntry;
  /** Where its file was found. */
  readonly path: string;
  /** Class names in class order. */
  readonly labels: string[];
}

/** A file of a model that the manifest has no checksum of, and that was not looked at here yet. */
export interface UncheckedFile {
  readonly entry: ManifestEntry;
  readonly path: string;
}

/** What a search for models found. */
export interface Catalog {
  /** The best first: by rank, then as the manifest and this computer's own list have them. */
  readonly present: CatalogModel[];
  /** Entries without a file in any folder. */
  readonly missing: ManifestEntry[];
  /** Files that carry a model's name but not its bytes, each as a sentence. */
  readonly damaged: string[];
  /** Why there is no model at all, as a sentence that says what to do; `null` when there is one. */
  readonly problem: string | null;
}

/** With what is no business of the server's. */
export interface SearchedCatalog extends Catalog {
  /** Not used before `deno task models verify` has pinned them. */
  readonly unchecked: UncheckedFile[];
}

/** Folder of what was pulled and added, from the one of the manifest. */
export function localFolder(home: URL = HOME): URL {
  return new URL("local/", home);
}

/**
 * Reads the manifest and what this computer adds to it, and looks for every model's file in the
 * embedded folder, among those pulled and added, and then along `searchPath`. A file counts only when
 * its size and SHA-256 are the ones known, so that a truncated download is named here and not
 * discovered by the runtime.
 *
 * @param searchPath Folders, the first match wins.
 * @param home Folder of the manifest, labels and embedded models.
 * @param factOf What a file is; whoever asks often need not read it every time.
 * @throws {TypeError} If the manifest or a labels file is not valid.
 */
export async function loadCatalog(
  searchPath: readonly string[],
  home: URL = HOME,
  factOf: (path: string) => Promise<FileFact> = hashFile,
): Promise<SearchedCatalog> {
  const manifest = await readManifest(home);
  const catalog: Omit<SearchedCatalog, "present" | "problem"> = {
    missing: [],
    unchecked: [],
    damaged: [],
  };
  // What was pulled and added is left out then; the embedded model still works.
  const state = await readLocalState(localFolder(home)).catch((error) => {
    if (!(error instanceof LocalStateError)) throw error;
    catalog.damaged.push(error.message);
    return NO_STATE;
  });
  const folders = [fileURLToPath(home), fileURLToPath(localFolder(home)), ...searchPath];
  const found: (CatalogModel & { readonly rank: number })[] = [];
  const own = new Set(state.models.map(({ id }) => id));
  for (const entry of manifest.models.filter(({ id }) => !own.has(id))) {
    const fact = wantedOf(entry, state);
    const path = await find(entry.file, { fact, folders, factOf, damaged: catalog.damaged });
    if (path === null) catalog.missing.push(entry);
    else if (fact === null) catalog.unchecked.push({ entry, path });
    else {
      const labels = await readLabels(home, entry);
      found.push({ entry: resolve(entry, fact, state), path, labels, rank: entry.rank });
    }
  }
  for (const { labels, ...entry } of state.models) {
    const path = await find(entry.file, {
      fact: entry,
      folders: [fileURLToPath(localFolder(home))],
      factOf,
      damaged: catalog.damaged,
    });
    // Its owner's: whoever wants to start with it says so.
    if (path !== null) found.push({ entry, path, labels, rank: 0 });
    else catalog.damaged.push(`${entry.file}: gone from ${fileURLToPath(localFolder(home))}`);
  }
  const present = found.toSorted((a, b) => b.rank - a.rank)
    .map(({ entry, path, labels }) => ({ entry, path, labels }));
  const all = { ...catalog, present };
  return { ...all, problem: problemOf(all, folders) };
}

/** What the file must be: by the manifest, else as it was pinned here; `null`: neither. */
function wantedOf({ id, bytes, sha256 }: ManifestEntry, { pins }: LocalState): FileFact | null {
  if (bytes !== null && sha256 !== null) return { bytes, sha256 };
  return pins.find((pin) => pin.id === id) ?? null;
}

function resolve(entry: ManifestEntry, fact: FileFact, { pins }: LocalState): ModelEntry {
  const { urls: _urls, obtain: _obtain, rank: _rank, labels: _labels, ...described } = entry;
  const { bytes, sha256 } = fact;
  const pin = entry.sha256 === null ? pins.find(({ id }) => id === entry.id) : undefined;
  if (pin === undefined) return { ...described, bytes, sha256 };
  const input = { ...entry.input, name: pin.inputName };
  return { ...described, bytes, sha256, input, head: { ...entry.head, outputs: pin.headNames } };
}

async function find(
  file: string,
  { fact, folders, factOf, damaged }: {
    readonly fact: FileFact | null;
    readonly folders: readonly string[];
    readonly factOf: (path: string) => Promise<FileFact>;
    readonly damaged: string[];
  },
): Promise<string | null> {
  for (const folder of folders) {
    const path = `${folder.replace(/[/\\]+$/, "")}/${file}`;
    const is = await factOf(path).catch((error) => absent(error, path));
    if (is === null) continue;
    if (is === "closed") {
      damaged.push(`${path}: there is no permission to read it`);
      continue;
    }
    const fault = fact && faultOf(fact, is);
    if (fault === null) return path;
    damaged.push(`${path}: ${fault}`);
  }
  return null;
}

/** Of a folder that cannot be looked into it is said once, by its list, and not for each file. */
async function absent(error: unknown, path: string): Promise<null | "closed"> {
  if (
    error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.IsADirectory
  ) return null;
  if (error instanceof Deno.errors.PermissionDenied) {
    return await Deno.stat(path).then(() => "closed" as const, () => null);
  }
  throw error;
}

/** Whether a person can get the file: of a conversion, nobody else has the bytes that its checksum asks for. */
export function isToBeHad({ urls, sha256 }: ManifestEntry): boolean {
  return urls.length > 0 || sha256 === null;
}

/** A sentence for each file that waits to be pinned. */
export function uncheckedText({ unchecked }: Pick<SearchedCatalog, "unchecked">): string[] {
  return unchecked.map(({ path }) =>
    `${path}: it has no checksum yet, run \`deno task models verify\``
  );
}

/** What is wrong with a file, as a part of a sentence; `null` if nothing is. */
export function faultOf(wanted: FileFact, is: FileFact): string | null {
  if (is.bytes !== wanted.bytes) {
    return `${is.bytes} bytes instead of ${wanted.bytes}, so it is truncated or another file`;
  }
  return is.sha256 === wanted.sha256 ? null : `its SHA-256 is ${is.sha256}, not ${wanted.sha256}`;
}

function problemOf(
  { present, damaged, unchecked }: Omit<SearchedCatalog, "problem">,
  folders: readonly string[],
): string | null {
  if (present.length > 0) return null;
  const seen = damaged.length > 0 ? ` Damaged: ${damaged.join("; ")}.` : "";
  const waiting = unchecked.length > 0
    ? ` Not used yet: ${uncheckedText({ unchecked }).join("; ")}.`
    : "";
  return `No model file was found in ${folders.join(", ")}.${seen}${waiting} ` +
    "Get one with `deno task models pull yolox-nano`, or see `deno task models list`.";
}
