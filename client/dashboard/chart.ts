import uPlot from "uplot";
import { type ChartData, drawIntervalMs } from "./chart_data.ts";
import { chartOptions, toAligned } from "./chart_options.ts";
import type { Panel } from "./panels.ts";

/** Rows come a little early, too. */
const EARLY_MS = 100;

/** One chart in an element whose size the page's style fixes; drawn only where it can be seen. */
export class Chart {
  readonly #plot: uPlot;
  readonly #watch = new AbortController();
  readonly #resizes: ResizeObserver;
  readonly #sight: IntersectionObserver;
  #data: ChartData | null = null;
  #isInSight = false;
  #drawnAtMs = -Infinity;

  constructor(element: HTMLElement, panel: Panel) {
    const size = () => ({ width: element.clientWidth, height: element.clientHeight });
    this.#plot = new uPlot(
      { ...chartOptions(element, panel), ...size() },
      toAligned({ minutes: [], values: panel.series.map(() => []) }),
      element,
    );
    this.#resizes = new ResizeObserver(() => this.#plot.setSize(size()));
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

  /** There is newer data. It is drawn when it would be seen to have moved. */
  draw(data: ChartData, nowMs: number): void {
    // After a reset, what is on the screen is no more.
    const isAnew = data.minutes.length < (this.#data?.minutes.length ?? 0);
    this.#data = data;
    const dueMs = this.#drawnAtMs + drawIntervalMs(data, this.#plot.width) - EARLY_MS;
    if (nowMs < dueMs && !isAnew) return;
    this.#drawnAtMs = nowMs;
    this.#drawNow();
  }

  /** Ends it; the element is empty again. */
  close(): void {
    this.#watch.abort();
    this.#resizes.disconnect();
    this.#sight.disconnect();
    this.#plot.destroy();
  }

  #drawNow(): void {
    if (this.#data === null || !this.#isInSight) return;
    const [min, max] = this.#data.range;
    this.#plot.setData(toAligned(this.#data), false);
    this.#plot.setScale("x", { min, max });
  }
}
