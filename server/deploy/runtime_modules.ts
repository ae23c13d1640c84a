import { parseArgs } from "node:util";
import {
  type Architecture,
  architectureOf,
  folderOf,
  imageConfig,
  isForeign,
  missingNatives,
  type ModuleGraph,
  runtimePackages,
} from "./runtime_packages.ts";

/**
 * ENTRY of a step of the image's build: leaves in `node_modules` what the server imports, for one
 * platform, and in `deno.json` what goes with that.
 *
 *     deno run -A server/deploy/runtime_modules.ts [--arch amd64|arm64]
 *
 * @module
 */

/** Every file with which a process or a Worker of the image begins. */
const ENTRIES = [
  "server/start.ts",
  "server/main.ts",
  "server/worker.ts",
  "server/inference/main.ts",
  "server/inference/lane_worker.ts",
  "server/cameras/main.ts",
  "server/deploy/health.ts",
];

const STORE = "node_modules/.deno";

const { values } = parseArgs({ args: Deno.args, options: { arch: { type: "string" } } });
const arch = architectureOf(values.arch ?? "");
const graphs = await Promise.all(ENTRIES.map(readGraph));
await keepOnly(runtimePackages(graphs), arch);
const missing = missingNatives(await filesBelow(STORE), arch);
if (missing !== null) {
  Deno.stderr.writeSync(new TextEncoder().encode(`${missing}\n`));
  Deno.exit(1);
}
await removeDanglingLinks("node_modules");
// Deno's own notes of what it has installed: no longer true.
for (const name of [".setup-cache.bin", ".deno.lock"]) {
  if (await exists(`${STORE}/${name}`)) await Deno.remove(`${STORE}/${name}`);
}
await writeConfig(graphs);

async function readGraph(entry: string): Promise<ModuleGraph> {
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", entry] });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot read modules of ${entry}: ${decoder.decode(stderr)}`);
  return JSON.parse(decoder.decode(stdout));
}

async function keepOnly(kept: ReadonlySet<string>, arch: Architecture): Promise<void> {
  const packages = Object.assign({}, ...graphs.map(({ npmPackages }) => npmPackages));
  const folders = new Set([...kept].map((key) => folderOf(packages[key])));
  for (const name of await list(STORE)) {
    const path = `${STORE}/${name}`;
    const isPackage = /.@\d/.test(name);
    if (isPackage && (!folders.has(name) || isForeign(name, arch))) {
      await Deno.remove(path, { recursive: true });
    } else if (isPackage) await removeForeign(path, arch);
  }
}

async function removeForeign(folder: string, arch: Architecture): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (!isDirectory) continue;
    if (isForeign(path.slice(STORE.length + 1), arch)) await Deno.remove(path, { recursive: true });
    else await removeForeign(path, arch);
  }
}

/** Links to packages that are gone; those to the native parts of other platforms, too. */
async function removeDanglingLinks(folder: string): Promise<void> {
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await removeDanglingLinks(path);
    else if (isSymlink && !await exists(path)) await Deno.remove(path);
  }
}

async function writeConfig(graphs: readonly ModuleGraph[]): Promise<void> {
  const config = imageConfig(JSON.parse(await Deno.readTextFile("deno.json")), graphs);
  await Deno.writeTextFile("deno.json", `${JSON.stringify(config, null, 2)}\n`);
}

async function list(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** Paths from there on. */
async function filesBelow(folder: string, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(`${folder}/${prefix}`)) {
    if (isDirectory) found.push(...await filesBelow(folder, `${prefix}${name}/`));
    else if (isFile) found.push(`${prefix}${name}`);
  }
  return found;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}
