import { basename } from "node:path";
import { type Metrics, parseMetrics } from "@/protocol";
import { fromHere, runCommand, UsageError } from "../command.ts";
import { columns } from "./table.ts";

/**
 * Several documents beside each other in a table.
 *
 * @module
 */

/** A document and the name of its file. */
export interface Compared {
  readonly name: string;
  readonly metrics: Metrics;
}

const HELP = `Puts documents of the bench, or of the viewer's export, beside each other.

  deno task bench compare A.json B.json …
`;

/** Prints the table. @returns The exit code: 1 if a file is none of ours. */
export function run(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, flags: {}, takesNames: true }, async (_, paths) => {
    if (paths.length === 0) throw new UsageError("Cannot compare without files");
    const documents = await Promise.all(paths.map((path) => readDocument(fromHere(path))));
    return `${compareTable(documents).join("\n")}\n`;
  });
}

async function readDocument(path: string): Promise<Compared> {
  try {
    const metrics = parseMetrics(JSON.parse(await Deno.readTextFile(path)));
    return { name: basename(path, ".json"), metrics };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot read ${path}: ${why}`, { cause });
  }
}

/** What is compared: a name and where it stands. */
const FIGURES: readonly (readonly [name: string, of: (metrics: Metrics) => number | null])[] = [
  ["latency, median ms", (metrics) => metrics.median_latency_ms],
  ["latency, p95 ms", (metrics) => metrics.p95_latency_ms],
  ["latency, p99 ms", (metrics) => metrics.p99_latency_ms],
  ["clock error, ms", (metrics) => metrics.clock_error_ms],
  ["video delay, median ms", (metrics) => metrics.video_delay_ms.median],
  ["  with nothing examined", (metrics) => metrics.idle_video_delay_ms.median],
  ["overhead, ms", (metrics) => metrics.overhead_ms],
  ["receipt to display, median ms", (metrics) => metrics.receive_to_display_ms.median],
  ["network, median ms", (metrics) => metrics.network_latency_ms.median],
  ["server, median ms", (metrics) => metrics.server_latency_ms.median],
  ["processed, fps", (metrics) => metrics.processed_fps],
  ["camera, fps", (metrics) => metrics.camera_fps],
  ["phone sends, kbit/s", (metrics) => metrics.uplink_kbps],
  ["phone receives, kbit/s", (metrics) => metrics.downlink_kbps],
  ["to server, kbit/s", (metrics) => metrics.server_uplink_kbps],
  ["from server, kbit/s", (metrics) => metrics.server_downlink_kbps],
  ["CPU phone, %", (metrics) => metrics.cpu_percent.phone],
  ["CPU viewer, %", (metrics) => metrics.cpu_percent.viewer],
  ["CPU server, %", (metrics) => metrics.cpu_percent.server],
  ["CPU viewer a frame, ms", (metrics) => metrics.cpu_ms_per_frame.viewer],
  ["memory phone, MB", (metrics) => metrics.pss_mb.phone],
  ["memory viewer, MB", (metrics) => metrics.pss_mb.viewer],
  ["memory server, MB", (metrics) => metrics.pss_mb.server],
  ["first box, ms", (metrics) => metrics.startup_ms.first_box],
];

/** A row a figure, a column a document. */
export function compareTable(documents: readonly Compared[]): string[] {
  const words: [string, (metrics: Metrics) => string][] = [
    ["mode", ({ mode }) => mode],
    ["view", ({ display }) => display],
    ["model", ({ model }) => model ?? "-"],
    ["clock", ({ capture_clock: clock }) => clock ?? "-"],
    ["seconds", ({ duration_s: seconds }) => seconds.toFixed(1)],
  ];
  const cells = documents.map(({ metrics }) => metrics);
  return columns(["", ...documents.map(({ name }) => name)], [
    ...words.map(([name, of]) => [name, ...cells.map(of)]),
    ...FIGURES.map(([name, of]) => [name, ...cells.map(of)]),
  ]);
}
