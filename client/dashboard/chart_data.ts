import type { MetricsHistory } from "./history.ts";
import type { Panel } from "./panels.ts";

/** What a chart draws. */
export interface ChartData {
  /** When each row ended: minutes since the start, rising. */
  readonly minutes: readonly number[];
  /** A list for each series of the panel; `null`: not measured, and so not drawn. */
  readonly values: readonly (readonly (number | null)[])[];
  /** What the time axis shows, minutes. */
  readonly range: readonly [number, number];
}

const MINUTE_MS = 60_000;
const SPAN_MS = 30 * MINUTE_MS;

/** A new chart does not begin with one second over its whole width. */
const MIN_SPAN_MS = MINUTE_MS;

/** What the time axis shows of a history, minutes since the start. */
export function chartRange(history: MetricsHistory): ChartData["range"] {
  const rows = history.size;
  const newestMs = rows === 0 ? 0 : history.timeAt(rows - 1);
  const fromMs = Math.max(rows === 0 ? 0 : history.timeAt(0), newestMs - SPAN_MS);
  return [fromMs / MINUTE_MS, Math.max(newestMs, fromMs + MIN_SPAN_MS) / MINUTE_MS];
}

/** Takes a panel's series from the history. */
export function chartData(history: MetricsHistory, { shape, series }: Panel): ChartData {
  const columns = series.map(({ column }) => history.values(column));
  return {
    minutes: history.times().map((timeMs) => timeMs / MINUTE_MS),
    values: shape === "stack" ? stacked(columns) : columns,
    range: chartRange(history),
  };
}

/**
 * Each list on top of those before. What is missing in one adds nothing; where all are missing, there
 * is nothing to draw.
 */
function stacked(columns: readonly (number | null)[][]): (number | null)[][] {
  const sums: (number | null)[] = (columns[0] ?? []).map((_, row) =>
    columns.every((values) => values[row] === null) ? null : 0
  );
  return columns.map((values) => {
    for (const [row, sum] of sums.entries()) {
      if (sum !== null) sums[row] = sum + (values[row] ?? 0);
    }
    return [...sums];
  });
}

/** Of all that the dashboard does, drawing costs the most. */
const MIN_DRAW_MS = 6000;

/** What moved by less is hardly seen to have moved, and a long history has many points to draw. */
const STEP_PX = 2;

/** How long until a chart is to be drawn again, ms: at least until it has moved on a little. */
export function drawIntervalMs([from, until]: ChartData["range"], widthPx: number): number {
  return Math.max(MIN_DRAW_MS, STEP_PX * (until - from) * MINUTE_MS / Math.max(1, widthPx));
}
