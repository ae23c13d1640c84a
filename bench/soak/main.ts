/** Both modes at work for long: memory of every process, and what was processed meanwhile. */
import { splitFlags } from "../flags.ts";
import { note, say as sayTo } from "../load/screen.ts";
import { machineFacts } from "../machine.ts";
import { DEFAULTS, type MetricsConfig } from "../metrics/config.ts";
import { screenProgress } from "../metrics/progress.ts";
import { openMetricsScene } from "../metrics/scene.ts";
import { exportMetrics } from "../people.ts";
import { resultText } from "../result_text.ts";
import { MemoryWatch, type ProcessTrend } from "./processes.ts";

const RESULT = new URL("../results/soak.json", import.meta.url);

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

/** See {@linkcode HELP}. @returns 0; 1 when a page or process failed; 2 for arguments. */
export async function run(args: readonly string[]): Promise<number> {
  let minutes = 30;
  const flags = splitFlags(args);
  for (let i = 0; i < flags.length; i++) {
    if (flags[i] === "--help") return say(HELP, 0);
    minutes = flags[i] === "--minutes" ? Number(flags[++i]) : NaN;
    if (!(minutes > 0 && minutes <= 24 * 60)) {
      return say(`Cannot understand ${flags[i]}\n\n${HELP}`, 2);
    }
  }
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  Deno.addSignalListener("SIGINT", onSignal);
  const progress = screenProgress("", stop.signal);
  try {
    await using stack = new AsyncDisposableStack();
    const soaks = [];
    for (const mode of MODES) soaks.push(await startSoak(mode, stack));
    const endMs = performance.now() + minutes * 60_000;
    while (performance.now() < endMs) {
      const leftMin = Math.ceil((endMs - performance.now()) / 60_000);
      await progress.during(`${leftMin} of ${minutes} min left`, READ_EVERY_MS, READ_EVERY_MS);
      for (const { memory } of soaks) await memory.read();
    }
    const modes = Object.fromEntries(
      await Promise.all(soaks.map(async (soak) => [soak.mode, await soak.end(minutes)] as const)),
    );
    const document = {
      schema: 1,
      command: `deno task bench soak --minutes ${minutes}`,
      "measured_at": new Date().toISOString(),
      machine: machineFacts(),
      minutes,
      "slope_from_minute": minutes * WARM_UP_SHARE,
      modes,
    };
    await Deno.writeTextFile(RESULT, resultText(document));
    say(tableOf(modes), 0);
    return Object.values(modes).some(({ errors }) => errors.length > 0) ? 1 : 0;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return say("\nBroken off: nothing was written.\n", 130);
  } finally {
    Deno.removeSignalListener("SIGINT", onSignal);
  }
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

function say(text: string, code: number): number {
  return sayTo(code === 2 ? Deno.stderr : Deno.stdout, text, code);
}
