import { fileURLToPath } from "node:url";
import { loadCatalog, localFolder } from "../catalog.ts";
import { type Cli, type Command, CommandError } from "../cli.ts";
import { changeLocal, readLocalState, without, writeLocalState } from "../local_state.ts";
import { readManifest } from "../manifest.ts";

/** `deno task models remove` */
export const remove: Command = {
  usage: "ID…",
  summary: "delete models that were pulled or added, and forget what was pinned of them",
  help:
    `Only files in models/local/ are deleted: those that \`pull\` and \`add\` put there, and what is left of
a download that broke off.
`,
  flags: {},
  positionals: [1, 64],
  async run({ positionals }, cli) {
    await changeLocal(localFolder(cli.home), async () => {
      for (const id of positionals) await removeOne(id, cli);
    });
    return 0;
  },
};

async function removeOne(id: string, { home, searchPath, say }: Cli): Promise<void> {
  const folder = localFolder(home);
  const state = await readLocalState(folder);
  const added = state.models.find((model) => model.id === id);
  const known = (await readManifest(home)).models.find((model) => model.id === id);
  const file = (added ?? known)?.file;
  if (file === undefined) throw new CommandError(`There is no model ${id}.`);
  const isPinned = state.pins.some((pin) => pin.id === id);
  if (added !== undefined || isPinned) await writeLocalState(folder, without(state, id));
  const gone = [];
  for (const name of [file, `${file}.part`]) {
    if (await removeFile(new URL(name, folder))) gone.push(name);
  }
  if (gone.length > 0 || added !== undefined || isPinned) {
    return say(`${id} is removed${gone.length > 0 ? `: ${gone.join(", ")}` : ""}.\n`);
  }
  const { present } = await loadCatalog(searchPath, home);
  const here = present.find(({ entry }) => entry.id === id);
  throw new CommandError(
    here === undefined
      ? `${id} is not here.`
      : `${id} was neither pulled nor added: its file is ${here.path}, outside of ${
        fileURLToPath(folder)
      }, and stays.`,
  );
}

async function removeFile(path: URL): Promise<boolean> {
  try {
    await Deno.remove(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
