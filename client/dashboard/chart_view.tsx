import { useEffect, useRef, useState } from "preact/hooks";
import type { Chart } from "./chart.ts";
import { chartData } from "./chart_data.ts";
import type { DashboardView } from "./history_recorder.ts";
import type { Panel } from "./panels.ts";

/** A panel's chart. What draws it is fetched with the first one. The table says the same in words. */
export function ChartView({ panel, view }: { panel: Panel; view: DashboardView }) {
  const element = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<Chart | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  // Another kind of latency, or another stage: uPlot's series are fixed.
  const kind = `${panel.title} ${panel.series.map(({ column }) => column)}`;
  useEffect(() => {
    let made: Chart | null = null;
    let isGone = false;
    import("./chart.ts").then(({ Chart }) => {
      if (isGone) return;
      made = new Chart(element.current!, panel);
      setChart(made);
    }).catch((error) => setProblem(error instanceof Error ? error.message : String(error)));
    return () => {
      isGone = true;
      made?.close();
      setChart(null);
    };
  }, [kind]);
  useEffect(() => {
    chart?.draw(chartData(view.history, panel), performance.now());
  }, [chart, view]);
  return (
    <>
      <div class="chart" ref={element} aria-hidden="true" data-testid={`chart-${panel.id}`} />
      {problem !== null && <p class="small">This chart cannot be drawn: {problem}</p>}
    </>
  );
}
