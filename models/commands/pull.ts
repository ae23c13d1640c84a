import { fileURLToPath } from "node:url";
import type { ManifestEntry } from "@/protocol";
import { placeFile } from "../../server/base/kept_file.ts";
import { loadCatalog, localFolder } from "../catalog.ts";
import { ModelFault } from "../check_process.ts";
import { type Cli, type Command, CommandError } from "../cli.ts";
import { download, type Downloaded, DownloadError } from "../download.ts";
import type { FileFact } from "../file_hash.ts";
import { asksConsent } from "../licence.ts";
import { MAX_MODEL_BYTES } from "../limits.ts";
import { changeLocal, readLocalState, withPin, writeLocalState } from "../local_state.ts";
import { readManifest } from "../manifest.ts";
import { makePin } from "../pinning.ts";
import { ProgressLine } from "../progress.ts";

/** A release host that sends nothing for so long has gone away. */
const STALL_MS = 30_000;

/** `deno task models pull` */
export const pull: Command = {
  usage: "ID…",
  summary: "download models, with their checksums looked at before use",
  help: `Flags:
  --accept-licence   needed for weights under the AGPL or GPL: read what it asks of you first

The file goes into models/local/. A file whose bytes are not those of the manifest is deleted.

For a model whose file this project never had in its hands the manifest has no checksum. Such a file
is looked at when it has come, its SHA-256 is shown and kept in models/local/local.json, and from then
on a file with other bytes is refused. \`deno task models remove ID\` forgets it.
`,
  flags: { "accept-licence": "switch" },
  positionals: [1, 64],
  async run({ positionals, flags }, cli) {
    const isAccepted = flags["accept-licence"] === true;
    await changeLocal(localFolder(cli.home), async () => {
      for (const id of positionals) await pullOne(id, { cli, isAccepted });
    });
    const [best] = (await loadCatalog(cli.searchPath, cli.home)).present;
    cli.say(
      `Peerlens starts with ${
        best?.entry.id ?? "no model"
      } the next time, unless --model says otherwise.\n`,
    );
    return 0;
  },
};

async function pullOne(
  id: string,
  { cli, isAccepted }: { readonly cli: Cli; readonly isAccepted: boolean },
): Promise<void> {
  const entry = await findEntry(id, cli);
  const catalog = await loadCatalog(cli.searchPath, cli.home);
  const here = catalog.present.find((model) => model.entry.id === id);
  if (here !== undefined) return cli.say(`${id} is here already: ${here.path}\n`);
  if (entry.urls.length === 0) throw new CommandError(`Cannot pull ${id}. ${entry.obtain}.`);
  cli.say(`${entry.title}: weights under ${entry.licence}, from ${entry.source}\n`);
  if (asksConsent(entry.licence) && !isAccepted) {
    throw new CommandError(
      `${entry.licence} asks something of you when you pass the model on or offer a service with it: read it, then add --accept-licence.`,
    );
  }
  const folder = localFolder(cli.home);
  await Deno.mkdir(folder, { recursive: true });
  const path = fileURLToPath(new URL(entry.file, folder));
  const pinned = (await readLocalState(folder)).pins.find((pin) => pin.id === id) ?? null;
  const wanted = wantedFile(entry, pinned);
  const file = await fetchFile(entry, { path, wanted, isPin: pinned !== null, cli });
  if (wanted === null) await pin(entry, file, cli);
  await placeFile(file.partPath, path);
  cli.report?.({ kind: "model", id });
  cli.say(
    `${id}: ${file.bytes} bytes, SHA-256 ${file.sha256}, ${
      wanted === null ? "pinned" : "as expected"
    }: ${path}\n`,
  );
}

async function findEntry(id: string, { home }: Cli): Promise<ManifestEntry> {
  const { models } = await readManifest(home);
  const entry = models.find((model) => model.id === id);
  if (entry !== undefined) return entry;
  const ids = models.filter(({ urls }) => urls.length > 0).map((model) => model.id).join(", ");
  throw new CommandError(`The manifest has no model ${id}. It can pull ${ids}.`);
}

function wantedFile({ bytes, sha256 }: ManifestEntry, pinned: FileFact | null): FileFact | null {
  if (bytes !== null && sha256 !== null) return { bytes, sha256 };
  return pinned === null ? null : { bytes: pinned.bytes, sha256: pinned.sha256 };
}

async function fetchFile(
  entry: ManifestEntry,
  { path, wanted, isPin, cli }: {
    readonly path: string;
    readonly wanted: FileFact | null;
    readonly isPin: boolean;
    readonly cli: Cli;
  },
): Promise<Downloaded> {
  const line = new ProgressLine(entry.file, cli.isTerminal);
  try {
    return await download({
      urls: entry.urls,
      path,
      wanted,
      maxBytes: MAX_MODEL_BYTES,
      stallMs: STALL_MS,
      signal: cli.signal,
      onProgress: (progress) => {
        cli.report?.({ kind: "progress", ...progress });
        const text = line.next(progress, performance.now());
        if (text !== null) cli.note(text);
      },
      onNote: (sentence) => cli.note(`${cli.isTerminal ? "\n" : ""}${sentence}\n`),
    });
  } catch (error) {
    // The bar stands on a line of its own.
    if (cli.isTerminal) cli.note("\n");
    if (cli.signal.aborted) {
      throw new CommandError("Stopped. Nothing was kept.");
    }
    if (!(error instanceof DownloadError)) throw error;
    const advice = isPin
      ? ` It was another file when it was first pulled here; if you trust the new one: deno task models remove ${entry.id}, then pull again.`
      : "";
    throw new CommandError(`${error.message}${advice}`, { cause: error });
  }
}

async function pin(entry: ManifestEntry, file: Downloaded, { home, note }: Cli): Promise<void> {
  note(`${entry.id}: looking at the file …\n`);
  try {
    const { partPath: path, url, bytes, sha256 } = file;
    const made = await makePin(entry, { path, url, bytes, sha256 });
    const folder = localFolder(home);
    await writeLocalState(folder, withPin(await readLocalState(folder), made));
  } catch (error) {
    await Deno.remove(file.partPath);
    if (!(error instanceof ModelFault)) throw error;
    throw new CommandError(`${entry.id} cannot be used, and was deleted: ${error.message}.`);
  }
}
