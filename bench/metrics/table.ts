import type { Metrics } from "@/protocol";

type Cell = string | number | null;

/** A figure as a person reads it; `-`: not measured. */
export function shown(value: number | null | undefined, digits = 1): string {
  return value === null || value === undefined ? "-" : value.toFixed(digits);
}

/** The document as a person reads it. */
export function metricsTable(metrics: Metrics): string {
  const { frames, capture_clock: clock, stages_ms: stages } = metrics;
  const { cpu_percent: cpu, cpu_ms_per_frame: perFrame, pss_mb: pss } = metrics;
  const isEndToEnd = clock !== null && clock !== "receiveTime";
  const error = isEndToEnd ? `±${shown(metrics.clock_error_ms)} ms, by ${clock}` : "not end to end";
  const { median, p95 } = metrics.receive_to_display_ms;
  const dropped = Object.entries(frames.dropped).filter(([, count]) => count > 0);
  const rows: [string, string][] = [
    ["mode, view, model", `${metrics.mode}, ${metrics.display}, ${metrics.model ?? "-"}`],
    ["measured", `${shown(metrics.duration_s)} s`],
    [
      "latency",
      `median ${shown(metrics.median_latency_ms)} ms, p95 ${
        shown(metrics.p95_latency_ms)
      } ms, p99 ${shown(metrics.p99_latency_ms)} ms (${error})`,
    ],
    [
      "video delay",
      `median ${shown(metrics.video_delay_ms.median)} ms, p95 ${
        shown(metrics.video_delay_ms.p95)
      } ms; with nothing examined ${shown(metrics.idle_video_delay_ms.median)} ms`,
    ],
    ["overhead", overheadWords(metrics)],
    ["receipt to display", `median ${shown(median)} ms, p95 ${shown(p95)} ms`],
    [
      "network, server",
      `${shown(metrics.network_latency_ms.median)} ms, ${
        shown(metrics.server_latency_ms.median)
      } ms (medians)`,
    ],
    [
      "frames a second",
      `${shown(metrics.processed_fps)} processed of ${shown(metrics.camera_fps)} received`,
    ],
    [
      "frames",
      `${
        frames.captured ?? "-"
      } captured, ${frames.received} received, ${frames.processed} processed, ${frames.displayed} displayed`,
    ],
    ["dropped", dropped.map(([cause, count]) => `${cause} ${count}`).join(", ") || "none"],
    [
      "phone sends, receives",
      `${shown(metrics.uplink_kbps, 0)}, ${shown(metrics.downlink_kbps, 0)} kbit/s`,
    ],
    [
      "to server, back",
      `${shown(metrics.server_uplink_kbps, 0)}, ${shown(metrics.server_downlink_kbps, 0)} kbit/s`,
    ],
    [
      "stages, median ms",
      Object.entries(stages)
        .map(([stage, spread]) => `${stage} ${shown(spread.median)}`).join(", ") || "-",
    ],
    [
      "CPU %",
      `phone ${shown(cpu.phone, 0)}, viewer ${shown(cpu.viewer, 0)}, server ${
        shown(cpu.server, 0)
      } (100: one core)`,
    ],
    [
      "CPU a frame, ms",
      `phone ${shown(perFrame.phone, 0)}, viewer ${shown(perFrame.viewer, 0)}, server ${
        shown(perFrame.server, 0)
      }`,
    ],
    [
      "memory, MB",
      `phone ${shown(pss.phone, 0)}, viewer ${shown(pss.viewer, 0)}, server ${
        shown(pss.server, 0)
      }`,
    ],
    [
      "from start, ms",
      `page ${shown(metrics.startup_ms.ready, 0)}, model ${
        shown(metrics.startup_ms.model, 0)
      }, first box ${shown(metrics.startup_ms.first_box, 0)}`,
    ],
  ];
  const lines = rows.map(([name, text]) => `${name.padEnd(22)}${text}`);
  return `${
    [...lines, ...userLines(metrics), ...runLines(metrics), ...remarks(metrics)].join("\n")
  }\n`;
}

/** What examining adds beyond the model, and where; of the parts the medians. */
function overheadWords({ overhead_ms: overheadMs, stages_ms: stages }: Metrics): string {
  const sum = (...names: string[]) =>
    names.reduce((ms, name) => ms + (stages[name]?.median ?? 0), 0);
  if (stages.run === undefined) return "-";
  const hops = sum("grab", "letterbox", "post", "encode", "queue");
  return `${shown(overheadMs)} ms beyond video and run: wait ${shown(sum("wait"))}, hops ${
    shown(hops)
  }, decode and NMS ${shown(sum("decode", "nms"))}, show ${shown(sum("show"))}`;
}

/** Rows of cells under a head, each column as wide as it must be. */
export function columns(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const texts = [
    head,
    ...rows.map((row) => row.map((cell) => typeof cell === "string" ? cell : shown(cell))),
  ];
  const widths = head.map((_, at) => Math.max(...texts.map((row) => row[at]!.length)));
  return texts.map((row) =>
    row.map((cell, at) => at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))
      .join("  ")
  );
}

const SHARE_HEAD = ["median ms", "p95 ms", "p99 ms", "fps", "sent kbps", "received kbps"];

function shareRows(name: string, shares: Metrics["users"]): string[] {
  if (shares.length === 0) return [];
  const rows = shares.map((share, at) => [
    String(at + 1),
    share.median_latency_ms,
    share.p95_latency_ms,
    share.p99_latency_ms,
    share.processed_fps,
    share.uplink_kbps,
    share.downlink_kbps,
  ]);
  return ["", ...columns([name, ...SHARE_HEAD], rows)];
}

function userLines({ users, fairness }: Metrics): string[] {
  if (users.length === 0) return [];
  return [...shareRows("user", users), `fairness (Jain) ${shown(fairness, 4)}`];
}

function runLines({ runs, steadiness }: Metrics): string[] {
  if (runs.length === 0 || steadiness === null) return [];
  const { median_latency_ms: latency, processed_fps: fps, is_conclusive } = steadiness;
  const words = (name: string, range: typeof latency, unit: string) =>
    range === null
      ? `${name}: not measured`
      : `${name}: median of runs ${shown(range.median)} ${unit}, ${shown(range.min)} to ${
        shown(range.max)
      }`;
  return [
    ...shareRows("run", runs),
    words("median latency", latency, "ms"),
    words("processed", fps, "fps"),
    ...(is_conclusive ? [] : ["The runs differ too much to conclude anything from them."]),
  ];
}

function remarks({ machine }: Metrics): string[] {
  return ["", `${machine.cpu ?? "unknown CPU"}, ${machine.cores ?? "?"} cores`];
}
