import { ROOT } from "../server.ts";
import { HELP, type LoadConfig, LoadUsageError, parseLoadArgs } from "./config.ts";
import { measureLoad } from "./measure.ts";
import { note, say } from "./screen.ts";
import { toJson, writeWhole } from "./report.ts";
import { loadTables } from "./tables.ts";

/**
 * Measures server mode under load: real clients of its DataChannels, each with recorded frames.
 *
 * @module
 */

const OUTPUT = `${ROOT}/bench/results/load.json`;

/**
 * Measures, prints tables, writes the JSON.
 *
 * @returns The exit code: 0, 1 when something could not be measured, 2 when the arguments are not
 * understood.
 */
export async function run(args: readonly string[]): Promise<number> {
  let config: LoadConfig | null;
  try {
    config = parseLoadArgs(args, OUTPUT);
  } catch (error) {
    if (!(error instanceof LoadUsageError)) throw error;
    return say(Deno.stderr, `${error.message}\n\n${HELP}`, 2);
  }
  if (config === null) return say(Deno.stdout, HELP, 0);
  try {
    const report = await measureLoad(config, note);
    note("");
    await writeWhole(config.output, toJson(report));
    return say(Deno.stdout, `${loadTables(report)}\nWritten to ${config.output}\n`, 0);
  } catch (error) {
    note("");
    const message = error instanceof Error ? error.message : String(error);
    return say(Deno.stderr, `${message}\n`, 1);
  }
}
