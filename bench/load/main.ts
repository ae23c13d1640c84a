/** Measures server mode under load: real clients of its DataChannels, each with recorded frames. */
import { listOf, runCommand, text, wholeNumber } from "../command.ts";
import { writeFigures } from "../result_file.ts";
import { note } from "../screen.ts";
import { measureLoad, OFFERED_FPS } from "./measure.ts";
import { loadTables } from "./tables.ts";

/** More streams than the app lets in by default. */
const MAX_STREAMS = 32;

const DEFAULTS = { seconds: 5, streams: [1, 2, 4, 8, 16] };

const HELP = `Puts load on server mode and writes the figures as JSON.

  deno task bench load [--seconds ${DEFAULTS.seconds}] [--streams ${DEFAULTS.streams.join(",")}]
                       [--model ID,…] [--output FILE]

  --seconds N     how long each scenario is measured, 1 to 60
  --streams LIST  numbers of streams, each 1 to ${MAX_STREAMS}
  --model LIST    model to run, otherwise the app's own choice; more of them: at saturation only
  --output FILE   where the figures go; otherwise bench/results/load.json

Each number of streams is measured twice: at ${OFFERED_FPS} frames a second each, and with as many as the
window lets through. Then the app at saturation takes turns with onnxruntime alone. Frames are
photographs in the size in which a viewer sends those of a 640x480 camera.
`;

const FLAGS = {
  seconds: wholeNumber(1, 60),
  streams: listOf(wholeNumber(1, MAX_STREAMS)),
  model: listOf(text),
  output: text,
};

/** See {@linkcode HELP}. @returns The exit code. */
export function run(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, flags: FLAGS }, async (given) => {
    const report = await measureLoad({ ...DEFAULTS, ...given, models: given.model ?? [] }, note);
    return `${loadTables(report)}\n${await writeFigures("load", report, given.output)}`;
  });
}
