import { MAX_FRAMES_IN_FLIGHT } from "@/protocol";
import { type App, type Health, readHealth, StallWatch } from "./app.ts";
import { startPart } from "./child_lines.ts";
import type { GeneratorConfig, GeneratorLine } from "./generator.ts";
import {
  busyTimes,
  type CpuTimes,
  spentBetween,
  type ThreadTimes,
  threadTimes,
  total,
} from "./processes.ts";
import type { StreamResult } from "./stream.ts";

/** One load on the app. */
export interface ScenarioPlan {
  readonly streams: number;
  /** Frames a second that each stream offers; `null`: as many as its window lets through. */
  readonly fps: number | null;
  readonly seconds: number;
  /** Frames of one stream on their way at most. @default {as the protocol allows} */
  readonly windowFrames?: number;
  /** Frames and model other than the bench's own. */
  readonly recording?: GeneratorConfig["recording"];
  readonly settings?: GeneratorConfig["settings"];
}

/** Where things run, and with which frames. */
export interface Bench {
  readonly app: App;
  readonly recording: GeneratorConfig["recording"];
  /** `null`: not kept apart. */
  readonly cpus: { readonly app: readonly number[]; readonly generators: readonly number[] } | null;
}

/** What was seen of one load, not yet summed up. */
export interface ScenarioRun {
  readonly plan: ScenarioPlan;
  readonly elapsedMs: number;
  readonly streams: readonly StreamResult[];
  /** Before the streams opened, and when the measuring ended. */
  readonly health: { readonly before: Health; readonly after: Health };
  /** CPU time spent while it was measured, ms; `null` where the system does not say. */
  readonly cpu: {
    readonly main: CpuTimes;
    readonly inference: CpuTimes;
    readonly generators: CpuTimes;
    /** Of everybody else, on the app's CPUs; `null` where those are not kept apart. */
    readonly others: number | null;
  } | null;
  readonly stallsMs: readonly number[];
}

const WARM_UP_MS = 700;

/** Opening a stream takes some 100 ms. */
const START_MS = 20_000;

/** Puts one load on the app. @throws {Error} If the generators fail. */
export async function runScenario(bench: Bench, plan: ScenarioPlan): Promise<ScenarioRun> {
  const { app, cpus } = bench;
  const { origin } = app;
  const { streams, fps, seconds, windowFrames = MAX_FRAMES_IN_FLIGHT } = plan;
  const config: GeneratorConfig = {
    origin,
    settings: plan.settings ?? app.settings,
    streams,
    fps,
    windowFrames,
    warmUpMs: WARM_UP_MS,
    measureMs: seconds * 1000,
    recording: plan.recording ?? bench.recording,
  };
  const before = await readHealth(origin);
  await using generator = startPart({
    file: "generator.ts",
    config,
    cpus: cpus && cpus.generators.join(","),
  });
  await nextLine(generator, "measuring", START_MS);
  const watch = new StallWatch(origin);
  try {
    const cpuBefore = await readCpu(bench, generator.pid);
    const { elapsedMs } = await nextLine(generator, "measured", seconds * 1000 + START_MS);
    const cpuAfter = await readCpu(bench, generator.pid);
    const after = await readHealth(origin);
    const { streams: results } = await nextLine(generator, "results", START_MS);
    return {
      plan,
      elapsedMs,
      streams: results,
      health: { before, after },
      cpu: spent(cpuBefore, cpuAfter),
      stallsMs: watch.stop(),
    };
  } finally {
    watch.stop();
  }
}

async function nextLine<E extends GeneratorLine["event"]>(
  generator: { next(timeoutMs: number): Promise<string> },
  event: E,
  timeoutMs: number,
): Promise<Extract<GeneratorLine, { event: E }>> {
  const line: GeneratorLine = JSON.parse(await generator.next(timeoutMs));
  if (line.event === event) return line as Extract<GeneratorLine, { event: E }>;
  throw new Error(`Cannot measure: ${line.event} came before ${event}`);
}

/** CPU times so far. */
interface CpuState {
  readonly main: ThreadTimes;
  readonly inference: ThreadTimes;
  readonly generators: ThreadTimes;
  readonly busy: number | null;
}

async function readCpu({ app, cpus }: Bench, generatorPid: number): Promise<CpuState | null> {
  const [main, inference, generators, busy] = await Promise.all([
    threadTimes(app.processes.main),
    threadTimes(app.processes.inference),
    threadTimes(generatorPid),
    cpus === null ? null : busyTimes(cpus.app),
  ]);
  return main && inference && generators && { main, inference, generators, busy };
}

function spent(before: CpuState | null, after: CpuState | null): ScenarioRun["cpu"] {
  if (before === null || after === null) return null;
  const main = spentBetween(before.main, after.main);
  const inference = spentBetween(before.inference, after.inference);
  const generators = spentBetween(before.generators, after.generators);
  const busy = before.busy === null || after.busy === null ? null : after.busy - before.busy;
  const others = busy === null ? null : Math.max(0, busy - total(main) - total(inference));
  return { main, inference, generators, others };
}
