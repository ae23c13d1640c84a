import { loadCatalog, localFolder, type UncheckedFile } from "../catalog.ts";
import { ModelFault } from "../check_process.ts";
import { type Cli, type Command, CommandError } from "../cli.ts";
import { hashFile } from "../file_hash.ts";
import { changeLocal, readLocalState, withPin, writeLocalState } from "../local_state.ts";
import { makePin } from "../pinning.ts";

/** `deno task models verify` */
export const verify: Command = {
  usage: "[ID…]",
  summary: "compare every file with its checksum; pin those that were put there by hand",
  help:
    `Without an ID all models are looked at. The exit code is 1 when a file is not what it should be.

A file that was put into models/ or a folder of PEERLENS_MODELS by hand, and of which the manifest has
no checksum, is looked at and pinned: from then on other bytes are refused.
`,
  flags: {},
  positionals: [0, 64],
  async run({ positionals }, cli) {
    const { present, unchecked, damaged, missing } = await loadCatalog(cli.searchPath, cli.home);
    const isWanted = (id: string) => positionals.length === 0 || positionals.includes(id);
    const known = new Set(
      [...present, ...unchecked].map(({ entry }) => entry.id).concat(missing.map(({ id }) => id)),
    );
    const unknown = positionals.find((id) => !known.has(id));
    if (unknown !== undefined) throw new CommandError(`There is no model ${unknown}.`);
    for (const { entry, path } of present.filter(({ entry }) => isWanted(entry.id))) {
      cli.say(`${entry.id}: ${entry.sha256}, as expected: ${path}\n`);
    }
    let faults = 0;
    for (const file of unchecked.filter(({ entry }) => isWanted(entry.id))) {
      if (!await pinFile(file, cli)) faults++;
    }
    for (const id of positionals) {
      if (missing.every((entry) => entry.id !== id)) continue;
      faults++;
      cli.note(`${id} is not here.\n`);
    }
    for (const sentence of damaged) cli.note(`Damaged: ${sentence}\n`);
    return faults + damaged.length > 0 ? 1 : 0;
  },
};

async function pinFile({ entry, path }: UncheckedFile, { home, say, note }: Cli): Promise<boolean> {
  try {
    const made = await makePin(entry, { ...await hashFile(path), path, url: null });
    const folder = localFolder(home);
    await changeLocal(
      folder,
      async () => await writeLocalState(folder, withPin(await readLocalState(folder), made)),
    );
    say(`${entry.id}: ${made.sha256}, pinned: ${path}\n`);
    return true;
  } catch (error) {
    if (!(error instanceof ModelFault)) throw error;
    note(`${entry.id} cannot be used: ${error.message}: ${path}\n`);
    return false;
  }
}
