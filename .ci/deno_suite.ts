import { stripVTControlCharacters } from "node:util";
import { mergeJunit, parseJunit } from "./junit.ts";
import type { Job } from "./plan.ts";
import { DENO, print, ROOT, run } from "./process.ts";
import { failWhenEmpty, type SuiteResult } from "./report.ts";

/** How {@linkcode denoSuite} runs its jobs. */
export interface DenoSuiteOptions {
  /** A part of the names of tests; then a job may have nothing to run. */
  readonly filter?: string | undefined;
  /** What is printed of each job. @default {"all"} */
  readonly output?: "all" | "failures" | "nothing";
  /** How many run at once. @default {BROWSERS_AT_ONCE} */
  readonly atOnce?: number;
}

/** A browser that hangs must not take all of the time that there is. */
const JOB_TIMEOUT_MS = 10 * 60_000;

/** More of them would not be faster: pages, server and detector of one test keep two cores busy. */
const BROWSERS_AT_ONCE = Math.min(2, navigator.hardwareConcurrency);

/** Those that take long wait for processes most of the time. */
export const UNITS_AT_ONCE = BROWSERS_AT_ONCE + 1;

/** A network as a computer has it at home: itself, and a device with a way out, to nobody here. */
const MAKE_NETWORK = [
  "ip link set lo up",
  "ip link add lan type veth peer name out",
  // Else it would get a further address a second later, which browsers take for another network.
  "ip link set lan addrgenmode none",
  "ip addr add 198.18.77.1/24 dev lan",
  "ip link set out up",
  "ip link set lan up",
  "ip route add default via 198.18.77.2",
].join(" && ");

/**
 * Before a command that makes networks: in one of its own it takes no address from others, and no
 * browser elsewhere drops what it loads because the machine's network has changed.
 */
const OWN_NETWORK = ["unshare", "--net", "sh", "-c", `${MAKE_NETWORK} && exec "$@"`, "sh"];

/** Elsewhere such tests leave themselves out. Root of a container may not be let, either. */
const canHaveNetworks = Deno.build.os === "linux" && Deno.uid() === 0 &&
  (await run(["unshare", "--net", "true"], { output: "keep" })).code === 0;

/**
 * A job that failed runs once more, with nothing beside it: that machines are shared is no fault of a
 * test's. It is named in the report. Where more failed than this, it is no accident.
 */
const MOST_SECOND_TRIES = 4;

/** Of a job's own words that are said again at the end. */
const MAX_REASON_CHARS = 2_000;

/** What became of one job. */
interface JobResult {
  readonly xml: string;
  /** Why it failed; empty: it did not. */
  readonly reason: string;
  readonly result: SuiteResult;
}

/**
 * Runs jobs, some at once, and adds them up; `.out/junit` then has a file of that name with all of them.
 * Processes rather than `deno test --parallel`, whose threads onnxruntime does not survive.
 */
export async function denoSuite(
  name: string,
  jobs: readonly Job[],
  options: DenoSuiteOptions = {},
): Promise<SuiteResult> {
  const { filter, atOnce = BROWSERS_AT_ONCE } = options;
  const started = performance.now();
  const folder = `${ROOT}/.out/junit/${name}`;
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  const byJob = new Map<Job, JobResult>();
  let begun = 0;
  const runAll = async (queue: Job[]) => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      byJob.set(job, await runJob(name, job, `${folder}/${++begun}.xml`, options));
    }
  };
  const together = jobs.filter(({ isAlone }) => !isAlone);
  await Promise.all(Array.from({ length: atOnce }, () => runAll(together)));
  await runAll(jobs.filter(({ isAlone }) => isAlone));
  const failed = [...byJob].filter(([, { result }]) => result.failed > 0).map(([job]) => job);
  // Whoever asked for one wants to see it fail.
  const again = jobs.length > 1 && failed.length <= MOST_SECOND_TRIES ? failed : [];
  if (again.length > 0 && options.output !== "nothing") {
    print(`\n${again.length} failed, and run again alone …\n`);
  }
  await runAll([...again]);
  const secondTries = again.filter((job) => byJob.get(job)!.result.failed === 0)
    .map(({ files }) => files.join(" "));
  const results = [...byJob.values()];
  await Deno.writeTextFile(`${folder}.xml`, mergeJunit(results.map(({ xml }) => xml)));
  const whole = {
    name,
    passed: results.reduce((sum, { result }) => sum + result.passed, 0),
    failed: results.reduce((sum, { result }) => sum + result.failed, 0),
    skipped: results.flatMap(({ result }) => result.skipped),
    secondTries,
    reasons: results.flatMap(({ reason }) => reason === "" ? [] : [reason]),
    seconds: (performance.now() - started) / 1000,
  };
  return filter === undefined ? failWhenEmpty(whole) : whole;
}

async function runJob(
  name: string,
  { files, hasOwnNetwork }: Job,
  junit: string,
  { filter, output = "all" }: DenoSuiteOptions,
): Promise<JobResult> {
  const started = performance.now();
  const filtered = filter === undefined ? [] : ["--filter", filter];
  // Types are the gate's business: a newer Deno must not fail tests that would pass. All permissions,
  // because Playwright looks into /proc, which Deno gives to nothing less.
  const command = [
    ...(hasOwnNetwork && canHaveNetworks ? OWN_NETWORK : []),
    DENO,
    "test",
    "-A",
    "--no-check",
    `--junit-path=${junit}`,
    ...filtered,
    ...files,
  ];
  const { code, text } = await run(command, { timeoutMs: JOB_TIMEOUT_MS, output: "keep" });
  const xml = await Deno.readTextFile(junit).catch(() => "");
  const counts = parseJunit(xml);
  // A file that does not load, a leak or a crash fails the run without failing a test.
  const failed = counts.failed.length || (code === 0 ? 0 : 1);
  const seconds = (performance.now() - started) / 1000;
  // JUnit has those that the filter leaves out as skipped, too.
  const skipped = filter === undefined ? counts.skipped : [];
  const one = { name, passed: counts.passed, failed, skipped, seconds };
  const result = filter === undefined ? failWhenEmpty(one) : one;
  if (output === "all" || (output === "failures" && result.failed > 0)) {
    const what = files.length === 1 ? files[0] : `${files[0]} and ${files.length - 1} more`;
    const how = result.failed === 0
      ? "✓"
      : counts.failed.length > 0
      ? "✗"
      : `✗ no test failed, exit status ${code}:`;
    print(`\n${text.trim()}\n${how} ${what} (${seconds.toFixed(1)} s)\n`);
  }
  const reason = result.failed === 0 ? "" : `${files.join(" ")}\n${errorsOf(text)}`;
  return { xml, reason, result };
}

/** The part of a run's output that says what is wrong, from where Deno begins to. */
function errorsOf(output: string): string {
  const text = stripVTControlCharacters(output).trim();
  const at = text.lastIndexOf("\n ERRORS \n");
  return at < 0 ? text.slice(-MAX_REASON_CHARS) : text.slice(at).trim().slice(0, MAX_REASON_CHARS);
}
