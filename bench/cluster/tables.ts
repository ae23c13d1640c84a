import type { ClusterReport, ScaleFigures } from "./measure.ts";

/** The figures as a person reads them. */
export function clusterTables(report: ClusterReport): string {
  const { local, worker, datachannel: straight, scale, unequal } = report;
  const added = report.added_ms;
  const pair = (value: { median: number | null; p95: number | null }) =>
    `${value.median ?? "-"}/${value.p95 ?? "-"}`;
  return [
    `One frame at a time, ${report.frames} each; ms, median/p95`,
    `                    round trip      without examining it`,
    `server's process    ${pair(local.round_trip_ms).padEnd(16)}${pair(local.way_ms)}`,
    `worker over NATS    ${pair(worker.round_trip_ms).padEnd(16)}${pair(worker.way_ms)}`,
    `added               ${added.median ?? "-"} ms (wanted: 2 at most)`,
    `own, DataChannel    ${pair(straight.local.round_trip_ms).padEnd(16)}${
      pair(straight.local.way_ms)
    }`,
    `worker, DataChannel ${pair(straight.worker.round_trip_ms).padEnd(16)}${
      pair(straight.worker.way_ms)
    }`,
    `added               ${straight.added_ms.median ?? "-"} ms (wanted: 0)`,
    "",
    `Workers that sleep ${report.run_ms} ms a frame, ${report.seconds} s each`,
    "workers  streams  results/s  of the most  of the first  messages  bytes     NATS CPU ms  server CPU ms",
    "                                          each          a result  a result  a result     a result",
    ...scale.map(scaleRow),
    "",
    `Workers that sleep ${unequal.runs_ms.join(", ")} ms, ${unequal.streams} streams: ` +
    `${unequal.share_of_most} of the most, fairness ${unequal.fairness ?? "-"} (wanted: 0.95)`,
    "",
  ].join("\n");
}

function scaleRow(figures: ScaleFigures): string {
  const { workers, streams, bus } = figures;
  return [
    String(workers).padEnd(9),
    String(streams).padEnd(9),
    String(figures.results_per_second).padEnd(11),
    String(figures.share_of_most).padEnd(13),
    String(figures.share_of_first ?? "-").padEnd(14),
    String(bus.messages_per_result).padEnd(10),
    String(Math.round(bus.bytes_per_result)).padEnd(10),
    String(bus.nats_cpu_ms_per_result ?? "-").padEnd(13),
    String(bus.server_cpu_ms_per_result),
  ].join("");
}

/** Each row on a line. */
export function rowTable(rows: readonly object[]): string {
  return rows.map((row) => JSON.stringify(row)).join("\n");
}
