import { cargo, findCargo, hasComponent, parseCargoTest, RUST_CHECKS, wasmCheck } from "./cargo.ts";
import { ensurePrograms } from "./install_programs.ts";
import { parseJunit } from "./junit.ts";
import { DENO, print, ROOT, run } from "./process.ts";
import { failWhenEmpty, type SuiteResult } from "./report.ts";
import { E2E, unitTestFiles } from "./sources.ts";

// The whole run has 90 minutes; a browser that hangs must not take all of it.
const UNIT_TIMEOUT_MS = 15 * 60_000;
const BROWSER_TIMEOUT_MS = 60 * 60_000;

/** TypeScript tests that need no browser. */
export function unitSuite(): Promise<SuiteResult> {
  return denoSuite("unit", unitTestFiles(), UNIT_TIMEOUT_MS);
}

/** The built app in real browsers. */
export async function browserSuite(): Promise<SuiteResult> {
  const problem = await ensurePrograms();
  if (problem) {
    print(`browser tests cannot run: ${problem}\n`);
    return { name: "browser", passed: 0, failed: 1, skipped: [], seconds: 0 };
  }
  return denoSuite("browser", [E2E], BROWSER_TIMEOUT_MS);
}

async function denoSuite(
  name: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<SuiteResult> {
  const folder = `${ROOT}/.out/junit`;
  await Deno.mkdir(folder, { recursive: true });
  const junit = `${folder}/${name}.xml`;
  await Deno.remove(junit).catch(() => {});
  const started = performance.now();
  // Types are the gate's business: a newer Deno must not fail tests that would pass. All permissions,
  // because Playwright looks into /proc, which Deno gives to nothing less.
  const command = [DENO, "test", "-A", "--no-check", `--junit-path=${junit}`, ...args];
  const { code } = await run(command, { timeoutMs });
  const counts = parseJunit(await Deno.readTextFile(junit).catch(() => ""));
  // A file that does not load, a leak or a crash fails the run without failing a test.
  const failed = counts.failed.length || (code === 0 ? 0 : 1);
  const seconds = (performance.now() - started) / 1000;
  return failWhenEmpty({ name, passed: counts.passed, failed, skipped: counts.skipped, seconds });
}

/** Rust: tests, clippy and rustfmt, each a suite; and the committed WASM package. */
export async function rustSuites(): Promise<SuiteResult[]> {
  const found = await findCargo();
  const none = (name: string, notRun: string): SuiteResult => ({
    name,
    passed: 0,
    failed: 0,
    skipped: [],
    notRun,
    seconds: 0,
  });
  const suites: SuiteResult[] = [];
  if ("missing" in found) {
    for (const name of ["cargo test", "clippy", "rustfmt"]) suites.push(none(name, found.missing));
  } else {
    suites.push(await cargoTestSuite(found.path));
    for (const [name, component] of [["clippy", "clippy"], ["rustfmt", "fmt"]] as const) {
      const present = await hasComponent(found.path, component);
      const check = () => cargo(found.path, RUST_CHECKS[component], "tee");
      suites.push(present ? await checkSuite(name, check) : none(name, `no ${name}`));
    }
  }
  suites.push(await checkSuite("wasm:check", () => wasmCheck("inherit")));
  return suites;
}

async function cargoTestSuite(path: string): Promise<SuiteResult> {
  const started = performance.now();
  const { code, text } = await cargo(path, RUST_CHECKS.test, "tee");
  const { passed, failed, ignored } = parseCargoTest(text);
  return failWhenEmpty({
    name: "cargo test",
    passed,
    failed: failed || (code === 0 ? 0 : 1),
    skipped: ignored === 0 ? [] : [`${ignored} ignored by cargo, see above`],
    seconds: (performance.now() - started) / 1000,
  });
}

/** A check that is right or wrong as a whole counts as one test. */
async function checkSuite(
  name: string,
  check: () => Promise<{ code: number }>,
): Promise<SuiteResult> {
  print(`${name} …\n`);
  const started = performance.now();
  const passed = (await check()).code === 0 ? 1 : 0;
  const seconds = (performance.now() - started) / 1000;
  return { name, passed, failed: 1 - passed, skipped: [], seconds };
}
