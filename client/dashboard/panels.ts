import { LOAD_LEVELS } from "../inference/load_level.ts";
import { PRESENT_SKIP_CAUSES } from "../present/present_messages.ts";
import { DROP_NAMES, type HistoryColumn, STAGE_NAMES } from "./history.ts";
import type { DashboardView } from "./history_recorder.ts";

/** One line of a chart. */
export interface Series {
  readonly column: HistoryColumn;
  readonly label: string;
  /** Of the colours that the page's style names: 1 to {@linkcode COLOURS}. */
  readonly colour: number;
}

/**
 * One chart. `band`: the first series is its upper edge and the second its lower. `stack`: each
 * series lies on the one before. `levels`: steps over the load levels, `full` at the top.
 */
export interface Panel {
  readonly id: string;
  readonly title: string;
  /** `null`: the values are words. */
  readonly unit: string | null;
  readonly shape: "lines" | "band" | "stack" | "levels";
  readonly series: readonly Series[];
}

/** Colours that series are told apart by. */
export const COLOURS = 8;

/** The charts of now. Stages and causes are in it once they were measured. */
export function panelsOf({ history, captureClock }: DashboardView): readonly Panel[] {
  const seen = (columns: readonly HistoryColumn[]) =>
    columns.filter((name) => history.hasSeen(name));
  const stages = seen(STAGE_NAMES.map((name) => `stage.${name}` as const));
  const drops = seen(DROP_NAMES.map((name) => `drop.${name}` as const));
  const skips = seen(PRESENT_SKIP_CAUSES.map((name) => `skip.${name}` as const));
  return [
    latencyPanel(captureClock === "receiveTime"),
    {
      id: "fps",
      title: "Frames",
      unit: "fps",
      shape: "lines",
      series: [line("cameraFps", "camera", 1), line("processedFps", "processed", 2)],
    },
    {
      id: "stages",
      title: "Stages, medians stacked",
      unit: "ms",
      shape: "stack",
      series: (stages.length > 0 ? stages : ["stage.run" as const]).map(named),
    },
    {
      id: "traffic",
      title: "Traffic",
      unit: "kbit/s",
      shape: "lines",
      series: [line("uplinkKbps", "from the phone", 1), line("downlinkKbps", "to the phone", 2)],
    },
    {
      id: "drops",
      title: "Frames dropped, by cause",
      unit: "per s",
      shape: "lines",
      series: [...new Set<HistoryColumn>(["drop.superseded", ...drops, ...skips])].map(named),
    },
    {
      id: "load",
      title: "Load level",
      unit: null,
      shape: "levels",
      series: [line("loadLevel", "level", 1)],
    },
    {
      id: "clock",
      title: "Clock error, at most",
      unit: "ms",
      shape: "lines",
      series: [line("clockErrorMs", "error", 1)],
    },
  ];
}

/** Without a time from the phone it is another figure, and must not be taken for the first. */
function latencyPanel(isSinceReceipt: boolean): Panel {
  return {
    id: "latency",
    title: isSinceReceipt ? "Latency since receipt" : "Latency end to end",
    unit: "ms",
    shape: "band",
    series: isSinceReceipt
      ? [line("receiptP95Ms", "p95", 2), line("receiptMedianMs", "p50", 1)]
      : [line("latencyP95Ms", "p95", 2), line("latencyMedianMs", "p50", 1)],
  };
}

function line(column: HistoryColumn, label: string, colour: number): Series {
  return { column, label, colour };
}

/** A stage, or a cause that frames were dropped or not shown for. */
function named(column: HistoryColumn, index: number): Series {
  const [kind, name] = column.split(".") as [string, string];
  return line(column, kind === "skip" ? `not shown: ${name}` : name, index % COLOURS + 1);
}

/** A value in words; the unit is in the panel's title. */
export function valueWords({ unit }: Pick<Panel, "unit">, value: number | null): string {
  if (value === null) return "–";
  if (unit === null) return LOAD_LEVELS[value] ?? "–";
  // Where a tenth matters: a few frames a second, a stage of a millisecond.
  return value.toFixed(unit === "kbit/s" || value >= 100 ? 0 : 1);
}
