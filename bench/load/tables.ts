import type { LoadReport } from "./measure.ts";
import type { ScenarioReport } from "./report.ts";
import type { SaturationReport } from "./saturation.ts";

/** The figures as a person reads them. */
export function loadTables(report: LoadReport): string {
  return [
    `${report.model}, ${report.layout.sessions} sessions of ${report.layout.threads} threads, ` +
    `${report.frames.width_px}x${report.frames.height_px} JPEG of ` +
    `${(report.frames.mean_jpeg_bytes / 1000).toFixed(1)} kB\n`,
    "streams  offered  fps each       total  fairness  server ms   queue ms    round trip  RSS MB",
    "                  least..most                     med./p95    med./p95    med./p95    start/end",
    ...report.scenarios.map(scenarioRow),
    "",
    "Dropped",
    ...report.scenarios.map(dropRow),
    "",
    ...report.saturation.flatMap(saturationRows),
    row("server latency less the model's run, 1 stream", report.overhead_ms, "ms", "below 4"),
    row("stall of the main process, p99", report.main_stall_ms?.p99 ?? null, "ms", "below 20"),
    row("stall of the main process, longest", report.main_stall_ms?.max ?? null, "ms"),
    "",
  ].join("\n");
}

type Pair = ScenarioReport["server_ms"];

function scenarioRow(scenario: ScenarioReport): string {
  const each = scenario.fps_per_stream;
  const pair = (value: Pair) =>
    value === null ? "-" : `${value.median.toFixed(1)}/${value.p95.toFixed(1)}`;
  const { start, end } = scenario.rss_mb;
  return [
    String(scenario.streams).padEnd(9),
    (scenario.offered_fps === null ? "window" : String(scenario.offered_fps)).padEnd(9),
    `${Math.min(...each).toFixed(1)}..${Math.max(...each).toFixed(1)}`.padEnd(15),
    scenario.fps_total.toFixed(1).padEnd(7),
    (scenario.fairness?.toFixed(4) ?? "-").padEnd(10),
    pair(scenario.server_ms).padEnd(12),
    pair(scenario.queue_ms).padEnd(12),
    pair(scenario.round_trip_ms).padEnd(12),
    `${start?.toFixed(0) ?? "-"}/${end?.toFixed(0) ?? "-"}`,
  ].join("");
}

function dropRow(scenario: ScenarioReport): string {
  const causes = Object.entries(scenario.dropped).filter(([, count]) => count > 0)
    .map(([cause, count]) => `${cause} ${count}`).join(", ");
  const cpu = Object.entries(scenario.cpu_percent ?? {})
    .map(([who, percent]) => `${who} ${percent?.toFixed(0) ?? "-"}`).join(" ");
  return [
    String(scenario.streams).padEnd(9),
    String(scenario.offered_fps ?? "window").padEnd(9),
    (causes || "none").padEnd(34),
    `stall ${scenario.inference_stall_ms.max?.toFixed(1) ?? "-"} ms`.padEnd(15),
    cpu === "" ? "" : `CPU %: ${cpu}`,
  ].join("").trimEnd();
}

function saturationRows({ model, streams, alone, variants }: SaturationReport): string[] {
  const line = (name: string, values: readonly (string | number | null)[], target = "") =>
    `  ${name.padEnd(34)}${
      values.map((value) => String(value ?? "-").padStart(22)).join("")
    }   ${target}`.trimEnd();
  const stages = Object.keys(variants[0]?.stages_ms ?? {});
  const cpu = (kind: keyof (typeof variants)[number]["cpu_ms"]) =>
    variants.map(({ cpu_ms }) => cpu_ms[kind]);
  return [
    `At saturation, ${model}, ${streams} streams; onnxruntime alone: ` +
    `${alone.runs_per_second.map((rate) => rate.toFixed(1)).join(", ")} runs/s, ` +
    `${alone.run_ms} ms a run, ${alone.cpu_ms} ms of CPU` + othersOf(alone.others_cpu_percent),
    line("", variants.map(({ width_px, height_px }) => `${width_px}x${height_px} JPEG`)),
    line("", variants.map(({ window_frames }) => `window of ${window_frames}`)),
    line("fps", variants.map(({ fps }) => fps.map((rate) => rate.toFixed(0)).join(", "))),
    line(
      "ratio to onnxruntime alone",
      variants.map(({ ratio, rounds_counted }) =>
        ratio === null ? "no quiet round" : `${ratio} (${rounds_counted} rounds)`
      ),
      "aim 0.85",
    ),
    line("the same in CPU time", variants.map(({ ratio_cpu }) => ratio_cpu)),
    line("superseded for each processed", variants.map((each) => each.superseded_per_frame)),
    line(
      "CPU % of others there",
      variants.map(({ others_cpu_percent }) =>
        others_cpu_percent.map((percent) => percent?.toFixed(0) ?? "-").join(", ")
      ),
    ),
    "  a frame by the clock, ms",
    ...stages.map((stage) => line(`  ${stage}`, variants.map((each) => each.stages_ms[stage]!))),
    "  a frame in CPU time, ms",
    line("  lanes: the stages above", cpu("lanes")),
    line("  messages, schedule, JSON", cpu("messages")),
    line("    of which writing JSON", variants.map(({ json_ms }) => json_ms)),
    line("  DTLS, SCTP, UDP", cpu("rtc")),
    line("  collector, compiler", cpu("rest")),
    line("  main process", cpu("control")),
    "",
  ];
}

function othersOf(percents: readonly (number | null)[]): string {
  return ` (others there: ${percents.map((percent) => percent?.toFixed(0) ?? "-").join(", ")} %)`;
}

function row(name: string, value: number | null, unit: string, target = ""): string {
  const text = value === null ? "not measured" : `${value.toFixed(3)} ${unit}`;
  return `  ${name.padEnd(48)}${text.padStart(14)}   ${target}`.trimEnd();
}
