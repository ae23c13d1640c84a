import type { MetricsHistory } from "./history.ts";
import { type Panel, valueWords } from "./panels.ts";

/** Where a chart draws, and what its time axis shows. */
export interface PlotArea {
  /** From the left edge of the chart's element. */
  readonly leftPx: number;
  readonly widthPx: number;
  /** Minutes since the start. */
  readonly range: readonly [number, number];
}

const MINUTE_MS = 60_000;

/** The time under a place of the chart; beside the plot, that of its nearer edge. Ms since the start. */
export function timeAtPx({ leftPx, widthPx, range: [from, until] }: PlotArea, px: number): number {
  const share = Math.min(1, Math.max(0, (px - leftPx) / Math.max(1, widthPx)));
  return (from + share * (until - from)) * MINUTE_MS;
}

/** Where a time is on the chart; `null`: it is not on it. */
export function pxOfTime(
  { leftPx, widthPx, range: [from, until] }: PlotArea,
  atMs: number,
): number | null {
  const share = (atMs / MINUTE_MS - from) / (until - from);
  return share >= 0 && share <= 1 ? leftPx + share * widthPx : null;
}

/** What a person points at: the end of a row, ms since the start. `null`: nothing, so the newest. */
export type PointedMs = number | null;

/** The end of the row nearest to a time: before the oldest and after the newest, that one. */
export function pointAt(history: MetricsHistory, atMs: number): PointedMs {
  if (history.size === 0) return null;
  const [oldestMs, newestMs] = [history.timeAt(0), history.timeAt(history.size - 1)];
  return history.timeAt(history.nearestRow(Math.min(newestMs, Math.max(oldestMs, atMs)))!);
}

/** Nothing is pointed at once the time is no longer kept. */
export function stillPointed(history: MetricsHistory, pointedMs: PointedMs): PointedMs {
  return pointedMs === null || history.nearestRow(pointedMs) === null ? null : pointedMs;
}

/** How many rows a key goes on; the rest of the keys are not for charts. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -30,
  PageUp: 30,
  Home: -Infinity,
  End: Infinity,
  Escape: Infinity,
};

/** Where a key leads; `undefined`: it means nothing here. At the newest row, nothing is pointed at. */
export function stepPointed(
  history: MetricsHistory,
  pointedMs: PointedMs,
  key: string,
): PointedMs | undefined {
  const step = STEPS[key];
  if (step === undefined || (key === "Escape" && pointedMs === null)) return undefined;
  const next = Math.max(0, (shownRow(history, pointedMs) ?? 0) + step);
  return next >= history.size - 1 ? null : history.timeAt(next);
}

/** The row whose values are shown; `null`: there is none. */
export function shownRow(history: MetricsHistory, pointedMs: PointedMs): number | null {
  if (history.size === 0) return null;
  return (pointedMs === null ? null : history.nearestRow(pointedMs)) ?? history.size - 1;
}

/** How long before the newest row the pointed second is, ms. */
export function agoMs(history: MetricsHistory, pointedMs: PointedMs): number {
  if (history.size === 0 || pointedMs === null) return 0;
  return Math.max(0, history.timeAt(history.size - 1) - pointedMs);
}

/** Says which second the values are of. */
export function whenWords(history: MetricsHistory, pointedMs: PointedMs): string {
  if (pointedMs === null) return "newest";
  return `at ${clockWords(pointedMs)}, ${clockWords(agoMs(history, pointedMs))} ago`;
}

/** All values of a second in one line, for those who do not see the chart. */
export function readoutWords(panel: Panel, history: MetricsHistory, pointedMs: PointedMs): string {
  const row = shownRow(history, pointedMs);
  if (row === null) return "nothing measured yet";
  const values = panel.series.map(({ column, label }) =>
    `${label} ${valueWords(panel, history.valueAt(column, row))}`
  );
  return `${whenWords(history, pointedMs)}: ${values.join(", ")}`;
}

/** Such as `3 min 7 s`. */
function clockWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
