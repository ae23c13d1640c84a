import type { BaselineConfig, BaselineResult } from "./baseline.ts";
import { startPart } from "./child_lines.ts";
import type { App } from "./app.ts";
import type { Bench } from "./scenario.ts";
import { busyTimes } from "./processes.ts";
import { median } from "../../client/base/quantiles.ts";

/** The model alone. */
export interface Alone {
  readonly runsPerSecond: number;
  /** Median. */
  readonly runMs: number;
  readonly cpuMsPerRun: number;
  /** What everybody else took of these CPUs meanwhile; `null`: not known. */
  readonly othersPercent: number | null;
}

const START_MS = 20_000;

/** Runs a model alone, on the app's CPUs with as many sessions and threads as the app has. */
export async function runAlone(
  { app, cpus }: Bench,
  { model, modelPath, seconds }: {
    readonly model: App["model"];
    /** Where the model's file is. */
    readonly modelPath: string;
    readonly seconds: number;
  },
): Promise<Alone> {
  const { input, head } = model;
  const config: BaselineConfig = {
    path: modelPath,
    inputName: input.name,
    outputName: head.outputs[0]!,
    shape: [1, 3, input.heightPx, input.widthPx],
    threads: app.layout.threads,
    measureMs: seconds * 1000,
  };
  await using stack = new AsyncDisposableStack();
  const start = () =>
    stack.use(startPart({ file: "baseline.ts", config, cpus: cpus && cpus.app.join(",") }));
  const parts = Array.from({ length: app.layout.sessions }, start);
  for (const part of parts) await part.next(START_MS);
  const busyBefore = cpus && await busyTimes(cpus.app);
  await Promise.all(parts.map((part) => part.say()));
  const results: BaselineResult[] = await Promise.all(
    parts.map(async (part) => JSON.parse(await part.next(seconds * 1000 + START_MS))),
  );
  const busyAfter = cpus && await busyTimes(cpus.app);
  const sum = (pick: (result: BaselineResult) => number) =>
    results.reduce((total, result) => total + pick(result), 0);
  const cpuMs = sum((result) => result.cpuMs);
  const othersMs = busyBefore === null || busyAfter === null
    ? null
    : busyAfter - busyBefore - cpuMs;
  return {
    runsPerSecond: sum(({ runsMs, elapsedMs }) => runsMs.length / elapsedMs * 1000),
    runMs: median(results.flatMap(({ runsMs }) => runsMs))!,
    cpuMsPerRun: cpuMs / sum(({ runsMs }) => runsMs.length),
    othersPercent: othersMs && Math.max(0, othersMs) / (seconds * 1000) * 100,
  };
}
