/**
 * The gate: everything that has to hold before a change goes in, short of the browser tests. Goes on
 * after a failure, so that one run shows all there is to repair.
 *
 * @module
 */
import { cargo, findCargo, hasComponent, RUST_CHECKS, wasmCheck } from "./cargo.ts";
import { denoSuite, UNITS_AT_ONCE } from "./deno_suite.ts";
import { strayFiguresOfReport } from "./figures.ts";
import { importCycles } from "./cycles.ts";
import { forbiddenImports, importEdges } from "./imports.ts";
import { checkManifests } from "./manifests.ts";
import { isBrowserTest, jobsOf } from "./plan.ts";
import { DENO, print, run, type RunResult } from "./process.ts";
import { testFiles } from "./sources.ts";
import { checkTypes, TYPE_CHECKS } from "./types.ts";
import { checkWorkflows } from "./workflows.ts";

/** A step of the gate; `skip` says why it cannot run here. */
interface Step {
  readonly name: string;
  run(): Promise<RunResult | { readonly skip: string }>;
}

const deno = (...args: string[]) => run([DENO, ...args], { output: "keep" });

/** A Rust step; without its tool it is skipped, because nobody needs Rust to work on the rest. */
function rustStep(name: string, component: "fmt" | "clippy" | "test"): Step {
  return {
    name,
    async run() {
      const found = await findCargo();
      if ("missing" in found) return { skip: found.missing };
      const isThere = component === "test" || await hasComponent(found.path, component);
      if (!isThere) return { skip: `no cargo ${component}` };
      return cargo(found.path, RUST_CHECKS[component]);
    },
  };
}

const STEPS: readonly Step[] = [
  { name: "format", run: () => deno("fmt", "--check") },
  { name: "lint", run: () => deno("lint") },
  ...TYPE_CHECKS.map((check) => ({ name: `types: ${check.name}`, run: () => checkTypes(check) })),
  {
    name: "import rules",
    async run() {
      const edges = await importEdges();
      const problems = [...forbiddenImports(edges), ...importCycles(edges)];
      return { code: problems.length === 0 ? 0 : 1, text: problems.join("\n") };
    },
  },
  {
    name: "figures of report.md",
    async run() {
      const problems = await strayFiguresOfReport();
      return { code: problems.length === 0 ? 0 : 1, text: problems.join("\n") };
    },
  },
  { name: "workflows", run: checkWorkflows },
  { name: "manifests", run: checkManifests },
  {
    name: "unit tests",
    async run() {
      const files = testFiles().filter(({ path, isForAll }) => !isForAll && !isBrowserTest(path));
      const { failed } = await denoSuite("unit", jobsOf(files), {
        output: "failures",
        atOnce: UNITS_AT_ONCE,
      });
      return { code: failed === 0 ? 0 : 1, text: `${failed} failed, see above` };
    },
  },
  rustStep("rustfmt", "fmt"),
  rustStep("clippy", "clippy"),
  rustStep("cargo test", "test"),
  { name: "wasm:check", run: wasmCheck },
];

let failures = 0;
for (const step of STEPS) {
  // Overwritten by the step's own line; without a terminal there is nothing to overwrite.
  if (Deno.stdout.isTerminal()) print(`… ${step.name}\r`);
  const started = performance.now();
  let result: RunResult | { readonly skip: string };
  try {
    result = await step.run();
  } catch (error) {
    result = { code: 1, text: error instanceof Error ? error.message : String(error) };
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if ("skip" in result) {
    print(`- ${step.name}: not run: ${result.skip}\n`);
  } else if (result.code === 0) {
    print(`✓ ${step.name} (${seconds} s)\n`);
  } else {
    failures++;
    print(`✗ ${step.name} (${seconds} s)\n${result.text.trimEnd()}\n\n`);
  }
}
print(failures === 0 ? "ok\n" : `not ok: ${failures} of ${STEPS.length} steps failed\n`);
Deno.exit(failures === 0 ? 0 : 1);
