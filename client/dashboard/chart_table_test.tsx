import assert from "node:assert/strict";
import { elementsOf } from "../base/testing/elements.ts";
import { ChartTable } from "./chart_table.tsx";
import { MetricsHistory } from "./history.ts";
import { panelsOf } from "./panels.ts";

function tablesOf(history: MetricsHistory) {
  return panelsOf({ history, captureClock: "phone" }).map((panel) => {
    const elements = elementsOf(<ChartTable panel={panel} history={history} />);
    const [table] = elements;
    const texts = (tag: string) =>
      elements.filter((element) => element.tag === tag).map(({ text }) => text.trim());
    return { name: table!.props["aria-label"], heads: texts("th"), cells: texts("td") };
  });
}

Deno.test("ChartTable says the newest value of each series, and by its name the unit", () => {
  const history = new MetricsHistory();
  history.add(1000, { latencyMedianMs: 90, latencyP95Ms: 120.26, loadLevel: 1 });
  const [latency, frames] = tablesOf(history);
  assert.deepEqual(latency, {
    name: "Latency end to end, ms: newest values",
    heads: ["p95", "p50"],
    cells: ["120", "90.0"],
  });
  assert.deepEqual(frames!.cells, ["–", "–"], "not measured");
  const load = tablesOf(history).find(({ heads }) => heads[0] === "level");
  assert.deepEqual(load, {
    name: "Load level: newest values",
    heads: ["level"],
    cells: ["reduced"],
  });
});

Deno.test("ChartTable has a value, or a dash, for each of its series before anything is measured", () => {
  for (const { heads, cells } of tablesOf(new MetricsHistory())) {
    assert.ok(heads.length > 0);
    assert.deepEqual(cells, heads.map(() => "–"));
  }
});
