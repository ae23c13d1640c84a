import { resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Metrics } from "@/protocol";
import { findChromium } from "../chromium.ts";
import { endEarly, INTERRUPTED, onInterrupt } from "../interrupt.ts";
import { writeWhole } from "../load/report.ts";
import { note, say } from "../load/screen.ts";
import { HELP, type MetricsConfig, MetricsUsageError, parseMetricsArgs } from "./config.ts";
import { measureOnce } from "./measure.ts";
import { screenProgress } from "./progress.ts";
import { ofRuns } from "./runs.ts";
import { metricsTable } from "./table.ts";

/**
 * The bench of the whole app, from camera to screen.
 *
 * @module
 */

/**
 * Measures, prints a table, writes the document.
 *
 * @returns The exit code: 0, 1 when something could not be measured, 2 when the arguments are not
 * understood, 130 after Ctrl+C.
 */
export async function run(args: readonly string[]): Promise<number> {
  let config: MetricsConfig | null;
  try {
    config = parseMetricsArgs(args);
  } catch (error) {
    if (!(error instanceof MetricsUsageError)) throw error;
    return say(Deno.stderr, `${error.message}\n\n${HELP}`, 2);
  }
  if (config === null) return say(Deno.stdout, HELP, 0);
  config = withPaths(config);
  using interrupt = onInterrupt();
  const running: Running = { signal: interrupt.signal, stack: null };
  try {
    const measuring = measureRuns(config, running);
    // After an interruption nobody waits for it any more.
    measuring.catch(() => {});
    const metrics = await Promise.race([measuring, interrupt.happened]);
    if (metrics === "interrupted") {
      note("ending what was started …");
      await endEarly(measuring, running.stack);
      note("");
      return say(Deno.stderr, "Interrupted: nothing was written\n", INTERRUPTED);
    }
    note("");
    await writeWhole(config.output, `${JSON.stringify(metrics, null, 2)}\n`);
    return say(Deno.stdout, `${metricsTable(metrics)}\nWritten to ${config.output}\n`, 0);
  } catch (error) {
    note("");
    return say(Deno.stderr, `${reasonOf(error)}\n`, 1);
  }
}

/** Files are named from where the command was given, which need not be where its task runs. */
function withPaths(config: MetricsConfig): MetricsConfig {
  const folder = Deno.env.get("PEERLENS_BENCH_FOLDER") ?? Deno.env.get("INIT_CWD") ?? Deno.cwd();
  const { output, video } = config;
  return {
    ...config,
    output: resolve(folder, output),
    video: video === null ? null : resolve(folder, video),
  };
}

/** Every run starts everything anew, so that none profits from another one. */
async function measureRuns(
  config: MetricsConfig,
  running: Running,
): Promise<Metrics> {
  if (!findChromium()) {
    throw new Error("Cannot find Chromium: install it, or name one in PEERLENS_CHROMIUM");
  }
  const found: Metrics[] = [];
  for (let at = 1; at <= config.runs; at++) {
    const prefix = config.runs === 1 ? "" : `run ${at} of ${config.runs}: `;
    const progress = screenProgress(prefix, running.signal);
    await using stack = new AsyncDisposableStack();
    running.stack = stack;
    found.push(await measureOnce(config, { stack, progress }));
    progress.step("ending what was started");
  }
  return ofRuns(found);
}

/** What an interruption has to do with. */
interface Running {
  readonly signal: AbortSignal;
  /** Of the present run: all that it has started. */
  stack: AsyncDisposableStack | null;
}

/** Lines of the app's output that are kept. */
const MAX_LINES = 6;

/** The app's own words where it did not start, without its log and where in the code it was. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [start, output] = splitOnce(message, ": it ended: ");
  if (output === undefined) return message;
  const lines = stripVTControlCharacters(output).trim().split("\n")
    .filter((line) => !/^(\{|\s+at |\s*$)/.test(line));
  return `${start}: it ended:\n${lines.slice(-MAX_LINES).join("\n")}`;
}

function splitOnce(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + mark.length)];
}
