/** Both modes at work for long: memory of every process, and what was processed meanwhile. */
import { number, runCommand } from "../command.ts";
import { type Interruptible, interruptible } from "../interrupt.ts";
import { DEFAULTS, type MetricsConfig } from "../metrics/config.ts";
import { screenProgress } from "../progress.ts";
import { openMetricsScene } from "../metrics/scene.ts";
import { exportMetrics } from "../people.ts";
import { writeFigures } from "../result_file.ts";
import { note } from "../screen.ts";
import { MemoryWatch, type ProcessTrend } from "./processes.ts";

const MODES = ["wasm", "server"] as const;

const READ_EVERY_MS = 10_000;

/** Fast enough for both modes to keep up with their cameras on one machine. */
const EMBEDDED = "nanodet-m";

/** Caches, compilers and buffers fill at first. */
const WARM_UP_SHARE = 1 / 3;

const HELP = `Runs both modes for long and writes bench/results/soak.json.

  deno task bench soak [--minutes 30]

Server, phone and viewer of each mode at the same time, 15 frames a second at 320×240 (profile low),
embedded model; reads the memory of every process each ${READ_EVERY_MS / 1000} s. Linux.
`;

/** See {@linkcode HELP}. @returns The exit code: 1 when a page or process failed, too. */
export function run(args: readonly string[]): Promise<number> {
  const command = { help: HELP, flags: { minutes: number(1, 24 * 60) } };
  return runCommand(args, command, async ({ minutes = 30 }) => {
    const modes = await interruptible((tools) => soak(minutes, tools));
    const written = await writeFigures("soak", {
      command: `deno task bench soak --minutes ${minutes}`,
      minutes,
      "slope_from_minute": minutes * WARM_UP_SHARE,
      modes,
    });
    const code = Object.values(modes).some(({ errors }) => errors.length > 0) ? 1 : 0;
    return { text: `${tableOf(modes)}\n${written}`, code };
  });
}

async function soak(minutes: number, { signal, stack }: Interruptible) {
  const progress = screenProgress("", signal);
  const soaks = [];
  for (const mode of MODES) soaks.push(await startSoak(mode, stack));
  const endMs = performance.now() + minutes * 60_000;
  while (performance.now() < endMs) {
    const leftMin = Math.ceil((endMs - performance.now()) / 60_000);
    await progress.during(`${leftMin} of ${minutes} min left`, READ_EVERY_MS, READ_EVERY_MS);
    for (const { memory } of soaks) await memory.read();
  }
  return Object.fromEntries(
    await Promise.all(soaks.map(async (soak) => [soak.mode, await soak.end(minutes)] as const)),
  );
}

/** What a mode came to. */
interface SoakResult {
  readonly fps: number | null;
  readonly processed: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
  readonly processes: readonly ProcessTrend[];
}

async function startSoak(mode: (typeof MODES)[number], stack: AsyncDisposableStack) {
  const config: MetricsConfig = { ...DEFAULTS, mode, profile: "low", model: EMBEDDED };
  const scene = await openMetricsScene(config, {
    stack,
    note: (text) => note(`${mode}: ${text} …`),
  });
  const memory = await MemoryWatch.start(scene.pids);
  const [{ phone, viewer }] = scene.users as [typeof scene.users[number]];
  return {
    mode,
    memory,
    async end(minutes: number): Promise<SoakResult> {
      const { frames, "processed_fps": fps } = await exportMetrics(viewer.page);
      return {
        fps,
        processed: frames.processed,
        dropped: frames.dropped,
        errors: [...phone.errors, ...viewer.errors],
        processes: await memory.trends(minutes * WARM_UP_SHARE),
      };
    },
  };
}

function tableOf(modes: Readonly<Record<string, SoakResult>>): string {
  const rows = Object.entries(modes).flatMap(([mode, { processes }]) =>
    processes.map(({ role, kind, firstMb, lastMb, mostMb, slopeMbPerHour }) =>
      `| ${mode} | ${role} | ${kind} | ${firstMb.toFixed(0)} | ${lastMb.toFixed(0)} | ${
        mostMb.toFixed(0)
      } | ${slopeMbPerHour === null ? "–" : slopeMbPerHour.toFixed(1)} |`
    )
  );
  const head =
    "| mode | role | process | first MB | last MB | most MB | MB an hour |\n|---|---|---|---|---|---|---|";
  return `\n${head}\n${rows.join("\n")}\n`;
}
