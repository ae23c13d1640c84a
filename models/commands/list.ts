import type { ManifestEntry, ModelEntry } from "@/protocol";
import { isToBeHad, loadCatalog } from "../catalog.ts";
import { type Command, tableText } from "../cli.ts";

/** `deno task models list` */
export const list: Command = {
  usage: "",
  summary: "every model: whether it is here, size, input, head, licence, and where its file is",
  help: `States:
  default     here, and what Peerlens starts with unless --model says otherwise
  present     here, to be chosen on the viewer's page or with --model
  pull        not here: \`deno task models pull ID\` downloads it
  by hand     not here and not for download: how to get it stands below
  not checked its file is here, but has no checksum yet: \`deno task models verify ID\`

Flags:
  --all       also files that were made for this project's measurements and can be got nowhere
`,
  flags: { all: "switch" },
  positionals: [0, 0],
  async run({ flags }, { home, searchPath, say, note }) {
    const { present, missing, unchecked, damaged, problem } = await loadCatalog(searchPath, home);
    const rows = [["ID", "STATE", "MB", "INPUT", "HEAD", "LICENCE", "FILE"]];
    for (const [at, { entry, path }] of present.entries()) {
      rows.push(row(entry, at === 0 ? "default" : "present", path));
    }
    for (const { entry, path } of unchecked) rows.push(row(entry, "not checked", path));
    const shown = missing.filter((entry) => flags["all"] === true || isToBeHad(entry));
    for (const entry of shown) {
      rows.push(row(entry, entry.urls.length > 0 ? "pull" : "by hand", entry.file));
    }
    say(tableText(rows));
    for (const { id, urls, obtain } of shown) {
      if (urls.length === 0) say(`\n${id}: ${obtain}.`);
    }
    const hidden = missing.length - shown.length;
    say(hidden > 0 ? `\n${hidden} more with --all.\n` : "\n");
    for (const sentence of damaged) note(`Damaged: ${sentence}\n`);
    if (problem !== null) note(`${problem}\n`);
    return 0;
  },
};

function row(entry: ManifestEntry | ModelEntry, state: string, where: string): string[] {
  const { input } = entry;
  return [
    entry.id,
    state,
    entry.bytes === null ? "?" : (entry.bytes / 1e6).toFixed(1),
    `${input.widthPx}x${input.heightPx}`,
    entry.head.kind,
    entry.licence,
    where,
  ];
}
