import { type Catalog, loadCatalog } from "./catalog.ts";

const HELP = `Usage: deno task models <command>

Commands:
  list          every model of the manifest: present or missing, size, input, licence

Environment:
  PEERLENS_MODELS   folders to look in beside models/, separated by "${pathSeparator()}"
`;

/** Entry of `deno task models`. Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const [command = "--help", ...rest] = args;
  if (command === "--help" || command === "-h") return print(HELP, 0);
  if (command !== "list") return print(`Unknown command: ${command}\n\n${HELP}`, 2);
  if (rest.length > 0) return print(`Unknown argument: ${rest[0]}\n\n${HELP}`, 2);
  const searchPath = (Deno.env.get("PEERLENS_MODELS") ?? "").split(pathSeparator()).filter(Boolean);
  return print(table(await loadCatalog(searchPath)), 0);
}

function table(catalog: Catalog): string {
  const rows = [["ID", "STATE", "MB", "INPUT", "HEAD", "LICENCE", "FILE"]];
  for (const { entry, path } of catalog.present) rows.push(row(entry, "present", path));
  for (const entry of catalog.missing) rows.push(row(entry, "missing", entry.file));
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]!.length))
  );
  const lines = rows.map((cells) =>
    cells.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd()
  );
  const notes = catalog.damaged.map((sentence) => `Damaged: ${sentence}`);
  if (catalog.problem !== null) notes.push(catalog.problem);
  return [...lines, ...notes].join("\n") + "\n";
}

function row(
  entry: Catalog["present"][number]["entry"] | Catalog["missing"][number],
  state: string,
  where: string,
): string[] {
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

function pathSeparator(): string {
  return Deno.build.os === "windows" ? ";" : ":";
}

function print(text: string, code: number): number {
  const stream = code === 0 ? Deno.stdout : Deno.stderr;
  stream.writeSync(new TextEncoder().encode(text));
  return code;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
