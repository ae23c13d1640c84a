import uPlot from "uplot";
import { chartData, chartRange, drawIntervalMs } from "./chart_data.ts";
import { chartOptions, toAligned } from "./chart_options.ts";
import type { MetricsHistory } from "./history.ts";
import type { Panel } from "./panels.ts";
import { type PlotArea, type PointedMs, pxOfTime, timeAtPx } from "./pointer.ts";

/** Rows come a little early, too. */
const EARLY_MS = 100;

/** One chart in an element whose size the page's style fixes; drawn only where it can be seen. */
export class Chart {
  readonly #plot: uPlot;
  readonly #panel: Panel;
  readonly #canvas = document.createElement("canvas");
  readonly #line = document.createElement("div");
  readonly #watch = new AbortController();
  readonly #resizes: ResizeObserver;
  readonly #sight: IntersectionObserver;
  #history: MetricsHistory | null = null;
  #isInSight = false;
  #drawnAtMs = -Infinity;
  #drawnRows = 0;
  #range: PlotArea["range"] = [0, 1];
  #pointedMs: PointedMs = null;

  constructor(element: HTMLElement, panel: Panel) {
    const size = () => ({ width: element.clientWidth, height: element.clientHeight });
    this.#panel = panel;
    this.#line.className = "chart-line";
    this.#line.hidden = true;
    element.append(this.#canvas, this.#line);
    // uPlot draws on a canvas that is on no page, and it is copied: one that browsers may give a layer
    // of its own costs with every frame of the video, drawn or not. Measured: 0.8 of 1.2 % of a core.
    const context = this.#canvas.getContext("2d", { willReadFrequently: true })!;
    this.#plot = new uPlot(
      {
        ...chartOptions(element, panel),
        ...size(),
        hooks: { draw: [(plot) => copyTo(context, plot.ctx.canvas)] },
      },
      toAligned({ minutes: [], values: panel.series.map(() => []) }),
      document.createElement("div"),
    );
    this.#resizes = new ResizeObserver(() => {
      this.#plot.setSize(size());
      this.#placeLine();
    });
    this.#resizes.observe(element);
    this.#sight = new IntersectionObserver((entries) => {
      this.#isInSight = entries.at(-1)!.isIntersecting;
      this.#drawNow();
    });
    this.#sight.observe(element);
    // Colours are read anew with each drawing.
    matchMedia("(prefers-color-scheme: dark)").addEventListener(
      "change",
      () => this.#plot.redraw(false),
      { signal: this.#watch.signal },
    );
  }

  /** There may be more in the history. It is drawn when it would be seen to have moved. */
  draw(history: MetricsHistory, nowMs: number): void {
    // After a reset, what is on the screen is no more.
    const isAnew = history.size < this.#drawnRows;
    this.#history = history;
    const intervalMs = drawIntervalMs(chartRange(history), this.#plot.width);
    if (nowMs < this.#drawnAtMs + intervalMs - EARLY_MS && !isAnew) return;
    this.#drawnAtMs = nowMs;
    this.#drawNow();
  }

  /** The time under a place, `px` from the chart's left edge. Ms since the start. */
  timeAt(px: number): number {
    return timeAtPx(this.#area(), px);
  }

  /** Marks a second; `null`: none. */
  point(pointedMs: PointedMs): void {
    this.#pointedMs = pointedMs;
    this.#placeLine();
  }

  /** Ends it; the element is empty again. */
  close(): void {
    this.#watch.abort();
    this.#resizes.disconnect();
    this.#sight.disconnect();
    this.#plot.destroy();
    this.#canvas.remove();
    this.#line.remove();
  }

  #drawNow(): void {
    if (this.#history === null || !this.#isInSight) return;
    const data = chartData(this.#history, this.#panel);
    this.#drawnRows = data.minutes.length;
    this.#range = data.range;
    const [min, max] = data.range;
    this.#plot.setData(toAligned(data), false);
    this.#plot.setScale("x", { min, max });
    this.#placeLine();
  }

  #placeLine(): void {
    const px = this.#pointedMs === null ? null : pxOfTime(this.#area(), this.#pointedMs);
    this.#line.hidden = px === null;
    if (px !== null) this.#line.style.left = `${px.toFixed(1)}px`;
  }

  #area(): PlotArea {
    const { left, width } = this.#plot.bbox;
    const scale = this.#plot.width / Math.max(1, this.#plot.ctx.canvas.width);
    return { leftPx: left * scale, widthPx: width * scale, range: this.#range };
  }
}

function copyTo(context: CanvasRenderingContext2D, from: HTMLCanvasElement): void {
  const { canvas } = context;
  if (canvas.width !== from.width) canvas.width = from.width;
  if (canvas.height !== from.height) canvas.height = from.height;
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (from.width > 0 && from.height > 0) context.drawImage(from, 0, 0);
}
