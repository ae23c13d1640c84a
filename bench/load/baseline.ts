import process from "node:process";
import ort from "onnxruntime-node";

/**
 * ENTRY of the process that runs the model alone, as fast as it goes: what the app is held against.
 * Says `ready`, waits for a line, runs, and answers one JSON text.
 *
 * @module
 */

/** What to run, and how. As the app's own session is set up. */
export interface BaselineConfig {
  readonly path: string;
  readonly inputName: string;
  readonly outputName: string;
  /** Of the input. */
  readonly shape: readonly number[];
  readonly threads: number;
  readonly measureMs: number;
}

/** What came of it. */
export interface BaselineResult {
  readonly runsMs: readonly number[];
  readonly elapsedMs: number;
  /** CPU time of all threads meanwhile. */
  readonly cpuMs: number;
}

const WARM_UP_RUNS = 10;

async function main(config: BaselineConfig): Promise<void> {
  const session = await ort.InferenceSession.create(config.path, {
    executionProviders: ["cpu"],
    intraOpNumThreads: config.threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
  const length = config.shape.reduce((size, side) => size * side, 1);
  // Not zeros: arithmetic on them may be faster than on pictures.
  const pixels = Float32Array.from({ length }, (_, at) => (at * 7919 % 256) / 255);
  const feeds = { [config.inputName]: new ort.Tensor("float32", pixels, [...config.shape]) };
  const run = () => session.run(feeds, [config.outputName]);
  for (let at = 0; at < WARM_UP_RUNS; at++) await run();
  say("ready");
  await Deno.stdin.read(new Uint8Array(1));

  const runsMs: number[] = [];
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  for (let fromMs = startedMs; fromMs - startedMs < config.measureMs;) {
    await run();
    const toMs = performance.now();
    runsMs.push(toMs - fromMs);
    fromMs = toMs;
  }
  const elapsedMs = performance.now() - startedMs;
  const used = process.cpuUsage(cpu);
  const result: BaselineResult = { runsMs, elapsedMs, cpuMs: (used.user + used.system) / 1000 };
  say(JSON.stringify(result));
}

function say(line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

if (import.meta.main) {
  await main(JSON.parse(Deno.args[0]!));
  Deno.exit(0);
}
