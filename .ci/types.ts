import { DENO, ROOT, run, type RunResult } from "./process.ts";
import { isTestFile, sourceFiles } from "./sources.ts";

const DOM = ["dom", "dom.iterable", "dom.asynciterable", "esnext"];

/**
 * The three worlds in which our files run. Each is checked with that world's library only, so that a
 * page cannot reach for `Deno` and the server cannot reach for `document`.
 */
export const TYPE_CHECKS = [
  { name: "server", lib: ["deno.window"] },
  { name: "browser", lib: DOM },
  // Tests of the client run in Deno, and the bench passes functions into pages: both need both.
  { name: "both", lib: [...DOM, "deno.ns"] },
] as const;

/** See {@linkcode TYPE_CHECKS}. */
export type TypeCheck = (typeof TYPE_CHECKS)[number];

/** In which world a file of ours is checked; each file is in exactly one. */
export function worldOf(path: string): TypeCheck["name"] {
  if (path.startsWith("bench/")) return "both";
  if (isTestFile(path) && path.startsWith("client/")) return "both";
  if (/^client\/build\w*\.ts$/.test(path)) return "server";
  if (isTestFile(path)) return "server";
  const isBrowser = path.startsWith("client/") || path.startsWith("server/protocol/") ||
    path === "crates/vision/mod.ts";
  return isBrowser ? "browser" : "server";
}

/** Type-checks all files of one world. */
export async function checkTypes({ name, lib }: TypeCheck): Promise<RunResult> {
  const files = sourceFiles().filter((path) => worldOf(path) === name);
  if (files.length === 0) return { code: 0, text: "" };
  const config = await writeConfig(name, lib);
  return run([DENO, "check", "--quiet", "--config", config, ...files], { output: "keep" });
}

/**
 * Writes `deno.json` again with another library and returns the path. Made each time, because a
 * second committed configuration would sooner or later differ in more than its library.
 */
async function writeConfig(name: string, lib: readonly string[]): Promise<string> {
  const { imports, compilerOptions } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
  const fromRoot = Object.entries<string>(imports).map(([key, target]) => [
    key,
    target.startsWith("./") ? `../../${target.slice(2)}` : target,
  ]);
  const folder = `${ROOT}/.out/types`;
  await Deno.mkdir(folder, { recursive: true });
  const path = `${folder}/${name}.json`;
  await Deno.writeTextFile(
    path,
    JSON.stringify({
      imports: Object.fromEntries(fromRoot),
      compilerOptions: { ...compilerOptions, lib },
      // Packages come from Deno's cache; else each configuration would get a node_modules of its own.
      nodeModulesDir: "none",
      lock: false,
    }),
  );
  return path;
}
