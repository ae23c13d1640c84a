import type { Metrics, MetricsSample } from "@/protocol";
import { escaped, lineChart, type Series, stackChart } from "./charts.ts";
import { type Compared, FIGURES } from "./compare.ts";
import { shown } from "./table.ts";

/** Frames go through these in this order; what else there is comes after them. */
const STAGES = [
  "grab",
  "encode",
  "queue",
  "jpegDecode",
  "letterbox",
  "run",
  "decode",
  "nms",
  "post",
];

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse } th, td { padding: .2rem .7rem; text-align: right }
th:first-child { text-align: left } tr { border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
figure { margin: 2rem 0 } figcaption { font-weight: 600 } svg { width: 100% }
svg text { font-size: 12px; fill: currentColor } svg line { stroke: currentColor; opacity: .15 }
svg polyline { fill: none; stroke-width: 2 }
figure ul { display: flex; flex-wrap: wrap; gap: .3rem 1rem; padding: 0; list-style: none }
figure li span { display: inline-block; width: .8em; height: .8em; margin-right: .4em }`;

/** A page that stands alone: no script, and nothing from anywhere. */
export function comparePage(documents: readonly Compared[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Peerlens: measurements compared</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${STYLE}
</style></head><body>
<h1>Measurements compared</h1>
${tableOf(documents)}
${
    lineChart(
      {
        title: "Latency: share of frames that were at most so late",
        x: "latency, ms",
        y: "share of frames, %",
      },
      documents.map(({ name, metrics }) => ({ name, points: distribution(latenciesOf(metrics)) })),
    )
  }
${
    lineChart(
      { title: "Latency over time", x: "seconds since the first frame", y: "latency, ms" },
      documents.map(timeline),
    )
  }
${
    stackChart(
      { title: "Stages of a frame, medians on top of each other", x: "ms" },
      documents.map(({ name, metrics }) => ({ name, parts: stagesOf(metrics) })),
    )
  }
</body></html>
`;
}

/** The share of values, %, that do not exceed each value. */
export function distribution(values: readonly number[]): Series["points"] {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.map((value, at) => [Math.max(0, value), (at + 1) / sorted.length * 100]);
}

/** End to end; where nothing was, from receipt to display, which the table's clock tells. */
function latencyOf(sample: MetricsSample): number {
  return sample.latency_ms ?? sample.display_ts - sample.received_ts;
}

function latenciesOf({ samples }: Metrics): number[] {
  return samples.map(latencyOf);
}

function timeline({ name, metrics: { samples } }: Compared): Series {
  const startMs = samples.reduce((least, { display_ts: ms }) => Math.min(least, ms), Infinity);
  const points = samples
    .map((sample) =>
      [(sample.display_ts - startMs) / 1000, Math.max(0, latencyOf(sample))] as const
    )
    .toSorted(([a], [b]) => a - b);
  return { name, points };
}

function stagesOf({ stages_ms: stages }: Metrics) {
  const rank = (name: string) => STAGES.includes(name) ? STAGES.indexOf(name) : STAGES.length;
  return Object.entries(stages)
    .flatMap(([name, { median }]) => median === null ? [] : [{ name, value: median }])
    .toSorted((a, b) => rank(a.name) - rank(b.name));
}

function tableOf(documents: readonly Compared[]): string {
  const row = (name: string, cells: readonly string[]) =>
    `<tr><th scope="row">${escaped(name)}</th>${
      cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")
    }</tr>`;
  const of = (words: (metrics: Metrics) => string) =>
    documents.map(({ metrics }) => words(metrics));
  const head = documents.map(({ name }) => `<th scope="col">${escaped(name)}</th>`).join("");
  const rows = [
    row("mode, view", of(({ mode, display }) => `${mode}, ${display}`)),
    row("model", of(({ model }) => model ?? "-")),
    row("clock", of(({ capture_clock: clock }) => clock ?? "-")),
    ...FIGURES.map(([name, figure]) => row(name, of((metrics) => shown(figure(metrics))))),
  ];
  return `<table><thead><tr><th></th>${head}</tr></thead><tbody>\n${
    rows.join("\n")
  }\n</tbody></table>`;
}
