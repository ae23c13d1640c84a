/** Grafana's name of a unit. */
type Unit = "short" | "ms" | "percentunit" | "bytes" | "Bps" | "reqps" | "s";

/** What is asked, and how its lines are called; `{{label}}` is Grafana's. */
type Query = readonly [expr: string, legend: string];

/** One chart, or one figure. */
type Panel = readonly [title: string, unit: Unit, ...queries: Query[]];

const rate = (metric: string, by: string, more = "") =>
  `sum by (${by}) (rate(${metric}${more}[1m]))`;

const quantile = (share: number, metric: string, by = "") =>
  `histogram_quantile(${share}, sum by (le${by && `, ${by}`}) (rate(${metric}_bucket[1m])))`;

// The metrics are those of `server/observability/README.md`.

const FIGURES: readonly Panel[] = [
  ["Rooms", "short", ["peerlens_rooms", "rooms"]],
  ["Phones", "short", ['sum(peerlens_peers{role="phone"})', "phones"]],
  ["Viewers", "short", ['sum(peerlens_peers{role!="phone"})', "viewers"]],
  ["Up for", "s", ["peerlens_uptime_seconds", "up"]],
];

const CHARTS: readonly Panel[] = [
  ["Peers", "short", ["peerlens_peers", "{{role}}"]],
  ["Frames a second", "reqps", [
    rate("peerlens_frames_total", "direction, outcome"),
    "{{direction}} {{outcome}}",
  ]],
  ["Dropped frames a second", "reqps", [
    rate("peerlens_frames_total", "cause", '{outcome="dropped"}'),
    "{{cause}}",
  ]],
  ["Stages, 95 of 100 faster than", "ms", [
    quantile(0.95, "peerlens_stage_latency_ms", "stage"),
    "{{stage}}",
  ]],
  [
    "From a frame's last byte to its detections",
    "ms",
    [quantile(0.5, "peerlens_server_latency_ms"), "median"],
    [quantile(0.95, "peerlens_server_latency_ms"), "95 %"],
  ],
  ["Streams by way", "short", ["peerlens_streams", "{{way}}"]],
  ["Stream traffic", "Bps", [rate("peerlens_stream_bytes_total", "direction"), "{{direction}}"]],
  ["Pictures relayed through the server a second", "reqps", [
    rate("peerlens_relay_frames_total", "direction, outcome"),
    "{{direction}} {{outcome}}",
  ]],
  ["Memory", "bytes", ["peerlens_process_resident_memory_bytes", "{{process}}"]],
  ["Processor (1 = one core)", "percentunit", [
    rate("peerlens_process_cpu_seconds_total", "process"),
    "{{process}}",
  ]],
  ["Event loop late, 99 of 100 less than", "ms", [
    quantile(0.99, "peerlens_event_loop_lag_ms", "process"),
    "{{process}}",
  ]],
  ["Inference process replaced", "short", [
    "sum by (reason) (increase(peerlens_child_restarts_total[5m]))",
    "{{reason}}",
  ]],
  ["Signalling refused a second", "reqps", [
    rate("peerlens_signal_refusals_total", "code"),
    "{{code}}",
  ]],
  [
    "Over a bound a second",
    "reqps",
    [rate("peerlens_refusals_total", "of, cause"), "{{of}} {{cause}}"],
    [rate("peerlens_tcp_connections_refused_total", "cause"), "connection {{cause}}"],
    [rate("peerlens_half_read_refused_total", "cause"), "half read {{cause}}"],
  ],
];

/** What the dashboard shows, row by row. */
export const PANELS: readonly Panel[] = [...FIGURES, ...CHARTS];

const FIGURES_PER_ROW = 4;
const CHARTS_PER_ROW = 2;
const GRID_COLUMNS = 24;
const STAT_ROWS = 4;
const CHART_ROWS = 8;
const SOURCE = { type: "prometheus", uid: "peerlens-prometheus" };

/** The dashboard in Grafana's format (schema 39). */
export function dashboard(): Record<string, unknown> {
  const panels = [
    ...FIGURES.map((panel, index) =>
      panelOf(panel, "stat", place(index, FIGURES_PER_ROW, 0, STAT_ROWS))
    ),
    ...CHARTS.map((panel, index) =>
      panelOf(panel, "timeseries", place(index, CHARTS_PER_ROW, STAT_ROWS, CHART_ROWS))
    ),
  ].map((panel, index) => ({ id: index + 1, ...panel }));
  return {
    uid: "peerlens",
    title: "Peerlens",
    schemaVersion: 39,
    version: 1,
    editable: false,
    refresh: "5s",
    time: { from: "now-15m", to: "now" },
    timezone: "browser",
    tags: ["peerlens"],
    panels,
  };
}

function place(index: number, perRow: number, fromRow: number, rows: number) {
  const width = GRID_COLUMNS / perRow;
  return {
    x: (index % perRow) * width,
    y: fromRow + Math.floor(index / perRow) * rows,
    w: width,
    h: rows,
  };
}

const OPTIONS = {
  stat: { reduceOptions: { calcs: ["lastNotNull"] }, colorMode: "none", graphMode: "none" },
  timeseries: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
} as const;

function panelOf(
  [title, unit, ...queries]: Panel,
  type: keyof typeof OPTIONS,
  gridPos: ReturnType<typeof place>,
) {
  return {
    title,
    type,
    gridPos,
    datasource: SOURCE,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: OPTIONS[type],
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: SOURCE,
      expr,
      legendFormat,
    })),
  };
}
