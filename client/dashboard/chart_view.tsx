import { useEffect, useRef, useState } from "preact/hooks";
import type { Chart } from "./chart.ts";
import type { DashboardView } from "./history_recorder.ts";
import type { Panel } from "./panels.ts";
import { agoMs, pointAt, type PointedMs, readoutWords, stepPointed } from "./pointer.ts";

/** Of the charts' time axis, as a slider counts: seconds before the newest. */
const SPAN_S = 30 * 60;

/** What a chart needs besides its panel. */
export interface ChartViewProps {
  readonly panel: Panel;
  readonly view: DashboardView;
  readonly pointedMs: PointedMs;
  /** A person points at a second, or at none any more. */
  readonly onPoint: (pointedMs: PointedMs) => void;
}

/**
 * A panel's chart. What draws it is fetched with the first one. Pointer, finger and arrow keys choose a
 * second; the table below says its values.
 */
export function ChartView({ panel, view, pointedMs, onPoint }: ChartViewProps) {
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
  const { history } = view;
  useEffect(() => {
    chart?.draw(history, performance.now());
  }, [chart, view]);
  useEffect(() => {
    chart?.point(pointedMs);
  }, [chart, pointedMs]);

  const onPointer = (event: PointerEvent & { readonly currentTarget: HTMLElement }) => {
    if (chart === null) return;
    const px = event.clientX - event.currentTarget.getBoundingClientRect().left;
    onPoint(pointAt(history, chart.timeAt(px)));
  };
  return (
    <>
      <div
        class="chart"
        ref={element}
        data-testid={`chart-${panel.id}`}
        tabIndex={0}
        role="slider"
        aria-label={`${panel.title}: point at a second`}
        aria-valuemin={-SPAN_S}
        aria-valuemax={0}
        aria-valuenow={Math.max(-SPAN_S, -Math.round(agoMs(history, pointedMs) / 1000))}
        aria-valuetext={pointedMs === null ? "newest" : readoutWords(panel, history, pointedMs)}
        onPointerDown={onPointer}
        onPointerMove={onPointer}
        onPointerLeave={(event) => {
          // A finger that is lifted leaves, too: what it pointed at is still to be read.
          if (event.pointerType === "mouse") onPoint(null);
        }}
        onKeyDown={(event) => {
          const next = stepPointed(history, pointedMs, event.key);
          if (next === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
          // Arrows would scroll, and keys of the page have other meanings.
          event.preventDefault();
          event.stopPropagation();
          onPoint(next);
        }}
        onBlur={(event) => {
          if (!isChart(event.relatedTarget)) onPoint(null);
        }}
      />
      {problem !== null && <p class="small">This chart cannot be drawn: {problem}</p>}
    </>
  );
}

/** Whether an element is a chart, or within one. */
export function isChart(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(".chart") !== null;
}
