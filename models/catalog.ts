import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { type Manifest, manifestSchema, type ModelEntry } from "@/protocol";

/** A model whose file is here and is the one that the manifest describes. */
export interface CatalogModel {
  readonly entry: ModelEntry;
  /** Where its file was found. */
  readonly path: string;
  /** Class names in class order. */
  readonly labels: string[];
}

/** What a search for models found. */
export interface Catalog {
  /** In the manifest's order of preference. */
  readonly present: CatalogModel[];
  /** Entries without a file in any folder. */
  readonly missing: ModelEntry[];
  /** Files that carry a model's name but not its bytes, each as a sentence. */
  readonly damaged: string[];
  /** Why there is no model at all, as a sentence that says what to do; `null` when there is one. */
  readonly problem: string | null;
}

const labelsSchema = v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(64)));

/** The folder of this file: home of the manifest, the labels and the embedded model. */
const HOME = new URL("./", import.meta.url);

/**
 * Reads the manifest and looks for every model's file in the embedded folder and then along
 * `searchPath`. A file counts only when its size and SHA-256 are the manifest's, so that a truncated
 * download is named here and not discovered by the runtime.
 *
 * @param searchPath Folders, the first match wins.
 * @param home Folder of the manifest, labels and embedded models.
 * @throws {TypeError} If the manifest or a labels file is not valid.
 */
export async function loadCatalog(
  searchPath: readonly string[],
  home: URL = HOME,
): Promise<Catalog> {
  const manifest = await readManifest(home);
  const folders = [fileURLToPath(home), ...searchPath];
  const catalog: Catalog = { present: [], missing: [], damaged: [], problem: null };
  for (const entry of manifest.models) {
    const path = await find(entry, folders, catalog.damaged);
    if (path === null) catalog.missing.push(entry);
    else catalog.present.push({ entry, path, labels: await readLabels(home, entry) });
  }
  return { ...catalog, problem: problemOf(catalog, folders) };
}

async function readManifest(home: URL): Promise<Manifest> {
  const result = v.safeParse(manifestSchema, await readJson(new URL("manifest.json", home)));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new TypeError(`Cannot read models/manifest.json: ${v.getDotPath(issue)}: ${issue.message}`);
}

async function readLabels(home: URL, entry: ModelEntry): Promise<string[]> {
  const labels = v.parse(labelsSchema, await readJson(new URL(`labels/${entry.labels}`, home)));
  if (labels.length === entry.head.classes) return labels;
  throw new TypeError(
    `Cannot use models/labels/${entry.labels} for ${entry.id}: ${labels.length} labels for ${entry.head.classes} classes`,
  );
}

async function readJson(url: URL): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(url));
}

async function find(
  entry: ModelEntry,
  folders: readonly string[],
  damaged: string[],
): Promise<string | null> {
  for (const folder of folders) {
    const path = `${folder.replace(/[/\\]+$/, "")}/${entry.file}`;
    const bytes = await Deno.readFile(path).catch(absent);
    if (bytes === null) continue;
    const fault = await faultOf(entry, bytes);
    if (fault === null) return path;
    damaged.push(`${path}: ${fault}`);
  }
  return null;
}

function absent(error: unknown): null {
  if (
    error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.NotADirectory
  ) return null;
  throw error;
}

async function faultOf(entry: ModelEntry, bytes: Uint8Array<ArrayBuffer>): Promise<string | null> {
  if (bytes.byteLength !== entry.bytes) {
    return `${bytes.byteLength} bytes instead of ${entry.bytes}, so it is truncated or another file`;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return digest.toHex() === entry.sha256
    ? null
    : `its SHA-256 is ${digest.toHex()}, not ${entry.sha256}`;
}

function problemOf(catalog: Catalog, folders: readonly string[]): string | null {
  if (catalog.present.length > 0) return null;
  const seen = catalog.damaged.length > 0 ? ` Damaged: ${catalog.damaged.join("; ")}.` : "";
  return `No model file was found in ${folders.join(", ")}.${seen} ` +
    "Put one that `deno task models list` names into models/, or into a folder that PEERLENS_MODELS names, and restart.";
}
