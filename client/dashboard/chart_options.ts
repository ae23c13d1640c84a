import uPlot from "uplot";
import { LOAD_LEVELS } from "../inference/load_level.ts";
import type { ChartData } from "./chart_data.ts";
import type { Panel } from "./panels.ts";

/** Room for the value axis: fixed, so that charts below each other begin at one line. */
const AXIS_PX = 46;
const LEVELS_AXIS_PX = 72;
const FONT = "11px system-ui, sans-serif";

/** How a panel looks, but for its size. Colours are those of `element`'s style, in any scheme. */
export function chartOptions(
  element: HTMLElement,
  { shape, series }: Panel,
): Omit<uPlot.Options, "width" | "height"> {
  const style = getComputedStyle(element);
  const colour = (name: string) => () => style.getPropertyValue(name);
  const isLevels = shape === "levels";
  const axis: uPlot.Axis = {
    stroke: colour("--ink-soft"),
    font: FONT,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    // The chart is drawn where no pointer comes; what points at a second is the page's own.
    cursor: { show: false },
    legend: { show: false },
    padding: [8, 22, 0, 0],
    scales: {
      // Set with each drawing.
      x: { time: false, auto: false },
      y: isLevels ? { range: LEVELS_RANGE, dir: -1 } : { range: fromZero },
    },
    axes: [
      { ...axis, size: 24, gap: 4, space: 70, values: (_, splits) => splits.map(minutesWords) },
      isLevels
        ? {
          ...axis,
          size: LEVELS_AXIS_PX,
          splits: () => [...LOAD_LEVELS.keys()],
          values: () => [...LOAD_LEVELS],
        }
        : { ...axis, size: AXIS_PX, space: 26 },
    ],
    series: [
      {},
      ...series.map((each, index): uPlot.Series => ({
        label: each.label,
        stroke: colour(`--chart-${each.colour}`),
        // Hairlines: thicker lines are the greater part of what drawing half an hour costs.
        width: 1,
        points: {
          show: false,
          size: 3,
          width: 0,
          fill: colour(`--chart-${each.colour}`),
          filter: (plot, at) => lonePoints(plot.data[at]!),
        },
        ...(isLevels ? { paths: uPlot.paths.stepped!({ align: -1 }) } : {}),
        ...(shape === "stack" && index === 0
          ? { fill: colour(`--chart-${each.colour}-fill`) }
          : {}),
      })),
    ],
    bands: bandsOf(shape, series).map(([upper, lower, fill]) => ({
      series: [upper, lower],
      fill: colour(`--chart-${fill}-fill`),
    })),
  };
}

/** What lies between which two series: upper edge, lower edge, colour. Series count from 1. */
function bandsOf(shape: Panel["shape"], series: Panel["series"]): [number, number, number][] {
  if (shape === "band") return [[1, 2, series[0]!.colour]];
  if (shape !== "stack") return [];
  return series.slice(1).map(({ colour }, index) => [index + 2, index + 1, colour]);
}

/** Values without a neighbour: no line goes through them, so each is a dot. */
function lonePoints(values: ArrayLike<number | null | undefined>): number[] {
  return Array.from(
    values,
    (value, at) => value != null && values[at - 1] == null && values[at + 1] == null ? at : -1,
  ).filter((at) => at !== -1);
}

/** Data as uPlot takes it; it only reads what it is given. */
export function toAligned({ minutes, values }: Pick<ChartData, "minutes" | "values">) {
  return [minutes, ...values] as unknown as uPlot.AlignedData;
}

const LEVELS_RANGE: uPlot.Range.MinMax = [-0.3, LOAD_LEVELS.length - 0.7];

/** From 0, with a little room above; a clock's error can put a latency below 0. */
function fromZero(_: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax {
  return [Math.min(0, min ?? 0), Math.max(1, (max ?? 0) * 1.1)];
}

function minutesWords(minutes: number): string {
  return `${Number(minutes.toFixed(2))} min`;
}
