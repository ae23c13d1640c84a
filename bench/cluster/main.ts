/** Measures inference on several machines: what NATS adds, and whether workers add up. */
import { listOf, oneOf, runCommand, text, wholeNumber } from "../command.ts";
import { writeFigures } from "../result_file.ts";
import { note } from "../screen.ts";
import { measureCluster } from "./measure.ts";
import { measureRecovery } from "./recovery.ts";
import { measureRooms } from "./rooms.ts";
import { clusterTables, rowTable } from "./tables.ts";

const PARTS = ["frames", "rooms", "recovery"] as const;
type Part = (typeof PARTS)[number];

const DEFAULTS = { seconds: 10, frames: 300, workers: [1, 2, 4, 8] };

const HELP = `Measures inference on several machines and writes the figures as JSON.

  deno task bench cluster [--seconds ${DEFAULTS.seconds}] [--frames ${DEFAULTS.frames}] [--workers ${
  DEFAULTS.workers.join(",")
}] [--part NAME[,NAME]] [--output FILE]

  --seconds N     how long each number of workers is measured, 1 to 60
  --frames N      frames of the comparison, to each of two servers in turn
  --workers LIST  numbers of workers, each 1 to 16
  --part LIST     of ${PARTS.join(", ")}; otherwise all
  --output FILE   where the figures of frames go; otherwise bench/results/cluster.json, and those of the
                  other parts into cluster_rooms.json and cluster_recovery.json

frames: first one frame at a time goes to a server that examines it itself and to one that has it done by a
worker over NATS, in turn. Then workers sleep for as long as a model would run, so that the computer's
cores do not limit how many there are. rooms: pages join rooms on 1, 2 and 3 nodes, each phone's page on
another than its room's, and then nothing happens. recovery: parts of a cluster under a viewer's page are
killed or stopped. All of it is on this computer; it needs nats-server, and a quarter of an hour.
`;

const FLAGS = {
  seconds: wholeNumber(1, 60),
  frames: wholeNumber(10, 5_000),
  workers: listOf(wholeNumber(1, 16)),
  part: listOf(oneOf(...PARTS)),
  output: text,
};

/** See {@linkcode HELP}. @returns The exit code. */
export function run(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, flags: FLAGS }, async (given) => {
    const parts = new Set<Part>(given.part ?? PARTS);
    const texts: string[] = [];
    if (parts.has("frames")) {
      const report = await measureCluster({ ...DEFAULTS, ...given }, note);
      texts.push(clusterTables(report), await writeFigures("cluster", report, given.output));
    }
    if (parts.has("rooms")) {
      const rooms = await measureRooms(note);
      texts.push(rowTable(rooms), await writeFigures("cluster_rooms", { rooms }));
    }
    if (parts.has("recovery")) {
      const recovery = await measureRecovery(note);
      texts.push(rowTable(recovery), await writeFigures("cluster_recovery", { recovery }));
    }
    return texts.join("\n");
  });
}
