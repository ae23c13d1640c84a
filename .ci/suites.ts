import { cargo, findCargo, hasComponent, parseCargoTest, RUST_CHECKS, wasmCheck } from "./cargo.ts";
import { denoSuite, type DenoSuiteOptions, UNITS_AT_ONCE } from "./deno_suite.ts";
import { ensurePrograms, ensureUnitPrograms } from "./install_programs.ts";
import type { TestFile } from "./marks.ts";
import { jobsOf } from "./plan.ts";
import { print, type RunResult } from "./process.ts";
import { failWhenEmpty, type SuiteResult } from "./report.ts";

/** TypeScript tests that need no browser. */
export async function unitSuite(
  files: readonly TestFile[],
  options: DenoSuiteOptions,
): Promise<SuiteResult> {
  await ensureUnitPrograms();
  return denoSuite("unit", jobsOf(files), { atOnce: UNITS_AT_ONCE, ...options });
}

/** The built app in real browsers. */
export async function browserSuite(
  files: readonly TestFile[],
  options: DenoSuiteOptions,
): Promise<SuiteResult> {
  const problem = await ensurePrograms();
  if (problem) {
    print(`browser tests cannot run: ${problem}\n`);
    return { name: "browser", passed: 0, failed: 1, skipped: [], seconds: 0 };
  }
  return denoSuite("browser", jobsOf(files), options);
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
      const check = () => cargo(found.path, RUST_CHECKS[component]);
      suites.push(present ? await checkSuite(name, check) : none(name, `no ${name}`));
    }
  }
  suites.push(await checkSuite("wasm:check", wasmCheck));
  return suites;
}

async function cargoTestSuite(path: string): Promise<SuiteResult> {
  const started = performance.now();
  const { code, text } = await cargo(path, RUST_CHECKS.test);
  print(text);
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
  check: () => Promise<RunResult>,
): Promise<SuiteResult> {
  const started = performance.now();
  const { code, text } = await check();
  const passed = code === 0 ? 1 : 0;
  // As a whole: other suites may write meanwhile.
  print(`${name} …\n${text}`);
  const seconds = (performance.now() - started) / 1000;
  return { name, passed, failed: 1 - passed, skipped: [], seconds };
}
