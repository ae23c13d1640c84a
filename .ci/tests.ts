/**
 * Every test there is, and a closing line with the true counts. `./start.sh test` ends up here.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { DENO, print, run } from "./process.ts";
import { closingLine, reportLines, type SuiteResult, sumUp } from "./report.ts";
import { browserSuite, rustSuites, unitSuite } from "./suites.ts";

const HELP = `Runs every test: TypeScript units, browsers (Chromium), Rust.

  ./start.sh test [--only unit|browser|rust]

PEERLENS_ASSETS and PEERLENS_MODELS name folders with golden files, a video and further weights.
Without them the few tests that need them are skipped by name; with both, skipping is a failure.
PEERLENS_CHROMIUM names the browser when it is not on PATH.
`;

const PARTS = ["unit", "browser", "rust"] as const;
type Part = (typeof PARTS)[number];

/** Which parts to run, from the command line. @throws {TypeError} If a flag is wrong. */
function readArgs(args: string[]): { help: boolean; parts: readonly Part[] } {
  const { values } = parseArgs({
    args,
    options: { only: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  const parts = PARTS.filter((part) => values.only === undefined || values.only === part);
  if (parts.length === 0) {
    throw new TypeError(`Cannot run --only ${values.only}: it is one of ${PARTS.join(", ")}`);
  }
  return { help: values.help ?? false, parts };
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
  let parsed: ReturnType<typeof readArgs>;
  try {
    parsed = readArgs(args);
  } catch (error) {
    print(`${error instanceof Error ? error.message : error}\n${HELP}`);
    return 2;
  }
  const { help, parts } = parsed;
  if (help) {
    print(HELP);
    return 0;
  }
  const results: SuiteResult[] = [];
  const broken = await prepare(parts);
  if (broken) {
    print(`'${broken}' failed: nothing was tested\n`);
    results.push({ name: "preparation", passed: 0, failed: 1, skipped: [], seconds: 0 });
  } else {
    for (const part of parts) results.push(...await runPart(part));
  }
  const totals = sumUp(results);
  const problems = insist(results);
  print(`\n${[...reportLines(results), ...problems].join("\n")}\n\n${closingLine(totals)}\n`);
  return totals.failed > 0 || problems.length > 0 ? 1 : 0;
}

/** Runs one part. What breaks outside of any test counts as a failure, so that the rest still runs. */
async function runPart(part: Part): Promise<SuiteResult[]> {
  try {
    if (part === "rust") return await rustSuites();
    return [part === "unit" ? await unitSuite() : await browserSuite()];
  } catch (error) {
    print(`${part}: ${error instanceof Error ? error.message : error}\n`);
    return [{ name: part, passed: 0, failed: 1, skipped: [], seconds: 0 }];
  }
}

/** Where the assets are at hand, no TypeScript test has a reason to be left out. */
function insist(results: readonly SuiteResult[]): string[] {
  if (!Deno.env.get("PEERLENS_ASSETS") || !Deno.env.get("PEERLENS_MODELS")) return [];
  const left = results.filter(({ name }) => name === "unit" || name === "browser")
    .flatMap(({ skipped }) => skipped);
  if (left.length === 0) return [];
  return [`failed: ${left.length} skipped although PEERLENS_ASSETS and PEERLENS_MODELS are set`];
}

Deno.exit(await main(Deno.args));
