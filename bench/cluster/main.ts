/** Measures inference on several machines: what NATS adds, and whether workers add up. */
import { listOf, runCommand, text, wholeNumber } from "../command.ts";
import { writeFigures } from "../result_file.ts";
import { note } from "../screen.ts";
import { measureCluster } from "./measure.ts";
import { clusterTables } from "./tables.ts";

const DEFAULTS = { seconds: 10, frames: 300, workers: [1, 2, 4, 8] };

const HELP = `Measures inference on several machines and writes the figures as JSON.

  deno task bench cluster [--seconds ${DEFAULTS.seconds}] [--frames ${DEFAULTS.frames}] [--workers ${
  DEFAULTS.workers.join(",")
}] [--output FILE]

  --seconds N     how long each number of workers is measured, 1 to 60
  --frames N      frames of the comparison, to each of two servers in turn
  --workers LIST  numbers of workers, each 1 to 16
  --output FILE   where the figures go; otherwise bench/results/cluster.json

First one frame at a time goes to a server that examines it itself and to one that has it done by a
worker over NATS, in turn. Then workers sleep for as long as a model would run, so that the computer's
cores do not limit how many there are. All of it is on this computer; it needs nats-server.
`;

const FLAGS = {
  seconds: wholeNumber(1, 60),
  frames: wholeNumber(10, 5_000),
  workers: listOf(wholeNumber(1, 16)),
  output: text,
};

/** See {@linkcode HELP}. @returns The exit code. */
export function run(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, flags: FLAGS }, async (given) => {
    const report = await measureCluster({ ...DEFAULTS, ...given }, note);
    return `${clusterTables(report)}\n${await writeFigures("cluster", report, given.output)}`;
  });
}
