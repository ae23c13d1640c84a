/**
 * The tests, and a closing line with the true counts. `./start.sh test` ends up here.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { TestFile } from "./marks.ts";
import { isBrowserTest, select, type Wanted } from "./plan.ts";
import { DENO, print, run } from "./process.ts";
import { closingLine, reportLines, type SuiteResult, sumUp } from "./report.ts";
import { testFiles } from "./sources.ts";
import { browserSuite, rustSuites, unitSuite } from "./suites.ts";

const HELP = `Runs the tests: TypeScript units, browsers (Chromium), Rust.

  ./start.sh test [FILE|FOLDER …] [--all] [--only unit|browser|rust] [--filter TEXT] [--watch]

  --all            also what takes long: runs of the benches, the demo video, proofs of timing, assets;
                   what CI runs
  --only PART      one of the three
  --filter TEXT    tests whose name has TEXT in it (or matches, as /TEXT/), of all that there are
  --watch          runs unit tests, or the files that are named, again with every change

Files and folders are relative to the repository; those that are named run with or without --all.
PEERLENS_ASSETS and PEERLENS_MODELS name folders with golden files, a video and further weights.
Without them the few tests that need them are skipped by name; with both, skipping is a failure.
PEERLENS_CHROMIUM names the browser when it is not on PATH.
`;

const PARTS = ["unit", "browser", "rust"] as const;
type Part = (typeof PARTS)[number];

/** What the command line asks for. */
interface Request extends Wanted {
  readonly parts: readonly Part[];
  readonly files: readonly TestFile[];
  readonly watch: boolean;
  readonly help: boolean;
}

/** Reads the command line. @throws {TypeError} If a flag or a path is wrong. */
function readArgs(args: string[]): Request {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      all: { type: "boolean", default: false },
      only: { type: "string" },
      filter: { type: "string" },
      watch: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { all, only, filter, watch, help } = values;
  const wanted = { all, paths: positionals, filter };
  const files = select(testFiles(), wanted);
  const named = PARTS.filter((part) => only === undefined || only === part);
  if (named.length === 0) {
    throw new TypeError(`Cannot run --only ${only}: it is one of ${PARTS.join(", ")}`);
  }
  // Rust has no files of these, and names of its own.
  const isChoice = positionals.length > 0 || filter !== undefined;
  const parts = named.filter((part) =>
    part === "rust" ? !isChoice : !isChoice || filesOf(part, files).length > 0
  );
  return { ...wanted, parts, files, watch, help };
}

function filesOf(part: Part, files: readonly TestFile[]): TestFile[] {
  return files.filter(({ path }) => isBrowserTest(path) === (part === "browser"));
}

/** What the tests stand on. Resolves to the first command that failed, if one did. */
async function prepare(parts: readonly Part[]): Promise<string | undefined> {
  const commands = [[DENO, "install", "--frozen", "--quiet"]];
  if (parts.includes("browser")) {
    commands.push([DENO, "run", "--quiet", "-P=build", "client/build.ts"]);
  }
  for (const command of commands) {
    const shown = ["deno", ...command.slice(1)].join(" ");
    print(`${shown} …\n`);
    if ((await run(command)).code !== 0) return shown;
  }
  return undefined;
}

async function main(args: string[]): Promise<number> {
  let parsed: Request;
  try {
    parsed = readArgs(args);
  } catch (error) {
    print(`${error instanceof Error ? error.message : error}\n${HELP}`);
    return 2;
  }
  const { parts } = parsed;
  if (parsed.help) {
    print(HELP);
    return 0;
  }
  if (parsed.watch) return await watchTests(parsed);
  const results: SuiteResult[] = [];
  const broken = await prepare(parts);
  if (broken) {
    print(`'${broken}' failed: nothing was tested\n`);
    results.push({ name: "preparation", passed: 0, failed: 1, skipped: [], seconds: 0 });
  } else {
    results.push(...await runParts(parsed));
  }
  const totals = sumUp(results);
  const problems = insist(parsed, results);
  print(`\n${[...reportLines(results), ...problems].join("\n")}\n\n${closingLine(totals)}\n`);
  return totals.failed > 0 || problems.length > 0 ? 1 : 0;
}

/** Does not end by itself, and so has no closing line. */
async function watchTests({ files, paths, filter }: Request): Promise<number> {
  const some = paths.length > 0 ? files : filesOf("unit", files);
  const filtered = filter === undefined ? [] : ["--filter", filter];
  const named = some.map(({ path }) => path);
  return (await run([DENO, "test", "-A", "--no-check", "--watch", ...filtered, ...named])).code;
}

/**
 * Runs parts: units, which wait most of the time, with Rust beside them; then browsers, which want all that
 * there is.
 */
async function runParts(request: Request): Promise<SuiteResult[]> {
  const results: SuiteResult[] = [];
  for (const beside of [["unit", "rust"], ["browser"]] as const) {
    const some = request.parts.filter((part) => beside.some((name) => name === part));
    results.push(...(await Promise.all(some.map((part) => runPart(part, request)))).flat());
  }
  return results;
}

/** Runs one part. What breaks outside of any test counts as a failure, so that the rest still runs. */
async function runPart(part: Part, { files, filter }: Request): Promise<SuiteResult[]> {
  try {
    if (part === "rust") return await rustSuites();
    const suite = part === "unit" ? unitSuite : browserSuite;
    return [await suite(filesOf(part, files), { filter })];
  } catch (error) {
    print(`${part}: ${error instanceof Error ? error.message : error}\n`);
    return [{ name: part, passed: 0, failed: 1, skipped: [], seconds: 0 }];
  }
}

/** What is wrong although no test failed. */
function insist({ all, filter }: Request, results: readonly SuiteResult[]): string[] {
  const { passed, failed } = sumUp(results);
  if (passed + failed === 0) return [`failed: no test has ${filter} in its name`];
  // Where the assets are at hand, no TypeScript test has a reason to be left out of all.
  if (!all || !Deno.env.get("PEERLENS_ASSETS") || !Deno.env.get("PEERLENS_MODELS")) return [];
  const left = results.filter(({ name }) => name === "unit" || name === "browser")
    .flatMap(({ skipped }) => skipped);
  if (left.length === 0) return [];
  return [`failed: ${left.length} skipped although PEERLENS_ASSETS and PEERLENS_MODELS are set`];
}

Deno.exit(await main(Deno.args));
