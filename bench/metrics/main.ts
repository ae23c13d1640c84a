import { stripVTControlCharacters } from "node:util";
import type { Metrics } from "@/protocol";
import { needChromium } from "../chromium.ts";
import { namedFromHere, runCommand } from "../command.ts";
import { type Interruptible, interruptible } from "../interrupt.ts";
import { screenProgress } from "../progress.ts";
import { toJson, writeWhole } from "../result_file.ts";
import { configOf, FLAGS, HELP, type MetricsConfig } from "./config.ts";
import { measureOnce } from "./measure.ts";
import { ofRuns } from "./runs.ts";
import { metricsTable } from "./table.ts";

/**
 * The bench of the whole app, from camera to screen.
 *
 * @module
 */

/** Measures, prints a table, writes the document. @returns The exit code. */
export function run(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, flags: FLAGS }, async (given) => {
    const config = namedFromHere(configOf(given));
    const metrics = await interruptible((tools) => measureRuns(config, tools)).catch((error) => {
      throw Object.assign(error, { message: reasonOf(error) });
    });
    await writeWhole(config.output, toJson(metrics));
    return `${metricsTable(metrics)}\nWritten to ${config.output}\n`;
  });
}

/** Every run starts everything anew, so that none profits from another one. */
async function measureRuns(
  config: MetricsConfig,
  { signal, stack: all }: Interruptible,
): Promise<Metrics> {
  needChromium();
  const found: Metrics[] = [];
  for (let at = 1; at <= config.runs; at++) {
    const prefix = config.runs === 1 ? "" : `run ${at} of ${config.runs}: `;
    const progress = screenProgress(prefix, signal);
    await using stack = all.use(new AsyncDisposableStack());
    found.push(await measureOnce(config, { stack, progress }));
    progress.step("ending what was started");
  }
  return ofRuns(found);
}

/** Lines of the app's output that are kept. */
const MAX_LINES = 6;

/** The app's own words where it did not start, without its log and where in the code it was. */
function reasonOf({ message }: Error): string {
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
