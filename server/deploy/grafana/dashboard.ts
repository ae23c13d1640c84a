/** One query of a panel and how its lines are called; `{{label}}` is Grafana's. */
interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** One chart, or one figure. */
export interface Panel {
  readonly title: string;
  readonly kind: "timeseries" | "stat";
  /** Grafana's name of the unit. */
  readonly unit: "short" | "ms" | "percentunit" | "bytes" | "Bps" | "reqps" | "s";
  readonly queries: readonly Query[];
}

const rate = (metric: string, by: string, more = "") =>
  `sum by (${by}) (rate(${metric}${more}[1m]))`;

const quantile = (share: number, metric: string, by = "") =>
  `histogram_quantile(${share}, sum by (le${by && `, ${by}`}) (rate(${metric}_bucket[1m])))`;

const one = (expr: string, legend: string): readonly Query[] => [{ expr, legend }];

/** What the dashboard shows, row by row; the metrics are those of `server/observability/README.md`. */
export const PANELS: readonly Panel[] = [
  { title: "Rooms", kind: "stat", unit: "short", queries: one("peerlens_rooms", "rooms") },
  {
    title: "Phones",
    kind: "stat",
    unit: "short",
    queries: one('sum(peerlens_peers{role="phone"})', "phones"),
  },
  {
    title: "Viewers",
    kind: "stat",
    unit: "short",
    queries: one('sum(peerlens_peers{role!="phone"})', "viewers"),
  },
  { title: "Up for", kind: "stat", unit: "s", queries: one("peerlens_uptime_seconds", "up") },
  { title: "Peers", kind: "timeseries", unit: "short", queries: one("peerlens_peers", "{{role}}") },
  {
    title: "Frames a second",
    kind: "timeseries",
    unit: "reqps",
    queries: one(rate("peerlens_frames_total", "direction, outcome"), "{{direction}} {{outcome}}"),
  },
  {
    title: "Dropped frames a second",
    kind: "timeseries",
    unit: "reqps",
    queries: one(rate("peerlens_frames_total", "cause", '{outcome="dropped"}'), "{{cause}}"),
  },
  {
    title: "Stages, 95 of 100 faster than",
    kind: "timeseries",
    unit: "ms",
    queries: one(quantile(0.95, "peerlens_stage_latency_ms", "stage"), "{{stage}}"),
  },
  {
    title: "From a frame's last byte to its detections",
    kind: "timeseries",
    unit: "ms",
    queries: [
      { expr: quantile(0.5, "peerlens_server_latency_ms"), legend: "median" },
      { expr: quantile(0.95, "peerlens_server_latency_ms"), legend: "95 %" },
    ],
  },
  {
    title: "Streams by way",
    kind: "timeseries",
    unit: "short",
    queries: one("peerlens_streams", "{{way}}"),
  },
  {
    title: "Stream traffic",
    kind: "timeseries",
    unit: "Bps",
    queries: one(rate("peerlens_stream_bytes_total", "direction"), "{{direction}}"),
  },
  {
    title: "Pictures relayed through the server a second",
    kind: "timeseries",
    unit: "reqps",
    queries: one(
      rate("peerlens_relay_frames_total", "direction, outcome"),
      "{{direction}} {{outcome}}",
    ),
  },
  {
    title: "Memory",
    kind: "timeseries",
    unit: "bytes",
    queries: one("peerlens_process_resident_memory_bytes", "{{process}}"),
  },
  {
    title: "Processor (1 = one core)",
    kind: "timeseries",
    unit: "percentunit",
    queries: one(rate("peerlens_process_cpu_seconds_total", "process"), "{{process}}"),
  },
  {
    title: "Event loop late, 99 of 100 less than",
    kind: "timeseries",
    unit: "ms",
    queries: one(quantile(0.99, "peerlens_event_loop_lag_ms", "process"), "{{process}}"),
  },
  {
    title: "Inference process replaced",
    kind: "timeseries",
    unit: "short",
    queries: one("sum by (reason) (increase(peerlens_child_restarts_total[5m]))", "{{reason}}"),
  },
  {
    title: "Signalling refused a second",
    kind: "timeseries",
    unit: "reqps",
    queries: one(rate("peerlens_signal_refusals_total", "code"), "{{code}}"),
  },
];

const FIGURES_PER_ROW = 4;
const CHARTS_PER_ROW = 2;
const GRID_COLUMNS = 24;
const STAT_ROWS = 4;
const CHART_ROWS = 8;
const SOURCE = { type: "prometheus", uid: "peerlens-prometheus" };

/** The dashboard in Grafana's format (schema 39). */
export function dashboard(): Record<string, unknown> {
  const stats = PANELS.filter(({ kind }) => kind === "stat");
  const charts = PANELS.filter(({ kind }) => kind === "timeseries");
  const panels = [
    ...stats.map((panel, index) => panelOf(panel, place(index, FIGURES_PER_ROW, 0, STAT_ROWS))),
    ...charts.map((panel, index) =>
      panelOf(panel, place(index, CHARTS_PER_ROW, STAT_ROWS, CHART_ROWS))
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

function panelOf({ title, kind, unit, queries }: Panel, gridPos: ReturnType<typeof place>) {
  return {
    title,
    type: kind,
    gridPos,
    datasource: SOURCE,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: kind === "stat"
      ? { reduceOptions: { calcs: ["lastNotNull"] }, colorMode: "none", graphMode: "none" }
      : { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: SOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}
